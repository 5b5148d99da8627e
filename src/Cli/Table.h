#ifndef TaskDaemon_Cli_Table_INCLUDED
#define TaskDaemon_Cli_Table_INCLUDED


#include "Cli/Output.h"
#include <string>
#include <string_view>
#include <vector>


namespace TaskDaemon::Cli {


enum class Colour
{
	NONE,
	RED,
	GREEN,
	YELLOW,
	BLUE
};


struct Column
{
	std::string title;
	bool rightAligned = false;
};


struct Cell
{
	std::string text;
	Colour colour = Colour::NONE;

	Cell(std::string text_, Colour colour_ = Colour::NONE): text(std::move(text_)), colour(colour_) {}
};


class Table
/// Aligned columns for people. Text of any origin may be put in: control characters are escaped here. Lines are cut only to a terminal's
/// width, and only in the last column. Not thread-safe; a temporary of a command.
{
public:
	explicit Table(std::vector<Column> columns): _columns(std::move(columns)) {}

	void row(std::vector<Cell> cells);
	/// One cell a column.

	void print(Output& out, const Terminal& terminal) const;

private:
	std::vector<Column> _columns;
	std::vector<std::vector<Cell>> _rows;
};


class FieldList
/// "Name:  value" lines for people, aligned and escaped like Table. Not thread-safe; a temporary of a command.
{
public:
	void add(std::string name, const std::string& value, Colour colour = Colour::NONE);
	/// Nothing for an empty value.

	void print(Output& out, const Terminal& terminal) const;

private:
	std::vector<std::pair<std::string, Cell>> _fields;
};


std::size_t displayWidth(std::string_view text);
/// Code points: what most text takes in columns.

std::string cutToWidth(std::string_view text, std::size_t width);
/// At most width columns, with an ellipsis where something is missing.

std::string coloured(const std::string& text, Colour colour, const Terminal& terminal);


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_Table_INCLUDED
