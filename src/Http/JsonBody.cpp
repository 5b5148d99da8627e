#include "Http/JsonBody.h"
#include "Http/HttpException.h"
#include <algorithm>


namespace TaskDaemon {


namespace {


constexpr int MAX_DEPTH = 32;
constexpr std::size_t MAX_VALUES = 4000000;


[[noreturn]] void throwInvalid(const std::string& reason, std::size_t byte)
{
	throw HttpException(400, "invalid", "the body is not valid JSON at byte " + std::to_string(byte) + ": " + reason);
}


std::size_t skipString(const std::string& text, std::size_t quote)
/// The index of the closing quote, or of the text's end.
{
	for (std::size_t i = quote + 1; i < text.size(); ++i)
	{
		if (text[i] == '"') return i;
		if (text[i] == '\\') ++i;
	}
	return text.size();
}


void checkSize(const std::string& text)
/// Counts without understanding: right for valid JSON, and the parser refuses the rest.
{
	int depth = 0;
	std::size_t values = 1;
	for (std::size_t i = 0; i < text.size(); ++i)
	{
		switch (text[i])
		{
		case '"': i = skipString(text, i); break;
		case '[':
		case '{':
			if (++depth > MAX_DEPTH) throwInvalid("nested deeper than " + std::to_string(MAX_DEPTH), i + 1);
			++values;
			break;
		case ']':
		case '}': --depth; break;
		case ',': ++values; break;
		default: break;
		}
		if (values > MAX_VALUES) throwInvalid("more than " + std::to_string(MAX_VALUES) + " values", i + 1);
	}
}


} // namespace


Json parseBody(const std::string& body)
{
	checkSize(body);
	try
	{
		return Json::parse(body);
	}
	catch (const Json::parse_error& e)
	{
		// Its text repeats the position and names the library.
		throwInvalid(body.empty() ? "it is empty" : "syntax error", e.byte);
	}
	catch (const Json::exception& e)
	{
		throw HttpException(400, "invalid", std::string("the body cannot be represented: ") + e.what());
	}
}


const Json& expectObject(const Json& document, const std::vector<std::string>& fields)
{
	if (!document.is_object()) throw ValidationException("body", "must be a JSON object");
	for (const auto& item : document.items())
	{
		if (std::find(fields.begin(), fields.end(), item.key()) == fields.end()) throw ValidationException(item.key(), "unknown field");
	}
	return document;
}


void expectNoBody(const std::string& body)
{
	if (!body.empty()) expectObject(parseBody(body), {});
}


} // namespace TaskDaemon
