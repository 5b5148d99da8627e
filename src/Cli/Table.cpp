#include "Cli/Table.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>


namespace TaskDaemon::Cli {


namespace {


constexpr std::size_t GAP = 2;


bool isContinuation(char c)
{
	return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}


} // namespace


void Table::row(std::vector<Cell> cells)
{
	for (Cell& cell : cells) cell.text = escapeControls(cell.text);
	_rows.push_back(std::move(cells));
}


void Table::print(Output& out, const Terminal& terminal) const
{
	std::vector<Cell> header;
	for (const Column& column : _columns) header.emplace_back(column.title);
	std::vector<std::size_t> widths(_columns.size());
	const auto measure = [&](const std::vector<Cell>& cells)
	{
		for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], displayWidth(cells[i].text));
	};
	measure(header);
	for (const auto& cells : _rows) measure(cells);

	const auto printLine = [&](const std::vector<Cell>& cells)
	{
		std::string line;
		std::size_t used = 0;
		for (std::size_t i = 0; i < cells.size(); ++i)
		{
			const bool last = i + 1 == cells.size();
			const std::string text = last && terminal.width > used ? cutToWidth(cells[i].text, terminal.width - used) : cells[i].text;
			const std::string padding(widths[i] - std::min(widths[i], displayWidth(text)), ' ');
			if (_columns[i].rightAligned) line += padding;
			line += coloured(text, cells[i].colour, terminal);
			if (!last && !_columns[i].rightAligned) line += padding;
			if (!last) line += std::string(GAP, ' ');
			used += widths[i] + GAP;
		}
		out.write(line + "\n");
	};
	printLine(header);
	for (const auto& cells : _rows) printLine(cells);
}


void FieldList::add(std::string name, const std::string& value, Colour colour)
{
	if (!value.empty()) _fields.emplace_back(std::move(name), Cell(escapeControls(value), colour));
}


void FieldList::print(Output& out, const Terminal& terminal) const
{
	std::size_t width = 0;
	for (const auto& [name, cell] : _fields) width = std::max(width, displayWidth(name) + 1);
	for (const auto& [name, cell] : _fields)
	{
		std::string label = name + ":";
		label += std::string(width - displayWidth(label) + GAP, ' ');
		out.write(label + coloured(cell.text, cell.colour, terminal) + "\n");
	}
}


std::size_t displayWidth(std::string_view text)
{
	return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !isContinuation(c); }));
}


std::string cutToWidth(std::string_view text, std::size_t width)
{
	if (displayWidth(text) <= width) return std::string(text);
	std::size_t end = 0;
	for (std::size_t columns = 0; end < text.size(); ++end)
	{
		if (!isContinuation(text[end]) && ++columns >= width) break;
	}
	return std::string(text.substr(0, end)) + "…";
}


std::string coloured(const std::string& text, Colour colour, const Terminal& terminal)
{
	if (!terminal.colour || colour == Colour::NONE || text.empty()) return text;
	const char* code = "";
	switch (colour)
	{
	case Colour::RED: code = "31"; break;
	case Colour::GREEN: code = "32"; break;
	case Colour::YELLOW: code = "33"; break;
	case Colour::BLUE: code = "34"; break;
	case Colour::NONE: break;
	}
	return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
}


} // namespace TaskDaemon::Cli
