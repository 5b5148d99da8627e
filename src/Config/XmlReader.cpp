#include "Config/XmlReader.h"
#include "Config/ConfigText.h"
#include "Config/EntryBuilder.h"
#include <Poco/SAX/Attributes.h>
#include <Poco/SAX/DefaultHandler.h>
#include <Poco/SAX/LexicalHandler.h>
#include <Poco/SAX/Locator.h>
#include <Poco/SAX/SAXException.h>
#include <Poco/SAX/SAXParser.h>


namespace TaskDaemon {


namespace {


using Poco::XML::SAXParser;
using Poco::XML::XMLString;


class XmlHandler: public Poco::XML::DefaultHandler, public Poco::XML::LexicalHandler
/// Collects the entries. Its functions are called from within expat, which is C: they throw nothing, but record
/// a mistake and ignore the rest of the document.
{
public:
	explicit XmlHandler(std::vector<ConfigMistake>& mistakes): _builder(mistakes) {}

	std::vector<ConfigEntry> takeEntries()
	{
		return _builder.takeEntries();
	}

	bool stopped() const
	/// Whether a mistake made the rest of the document meaningless.
	{
		return _stopped;
	}

	void setDocumentLocator(const Poco::XML::Locator* locator) override
	{
		_locator = locator;
	}

	void startElement(const XMLString&, const XMLString&, const XMLString& name, const Poco::XML::Attributes& attributes) override
	{
		if (_stopped) return;
		finishText();
		if (_depth > 0 && !enter(name)) return;
		++_depth;
		_leaf = _depth > 1;
		_line = line();
		if (attributes.getLength() > 0)
		{
			_builder.addMistake(_line, {},
				"attribute " + quote(attributes.getQName(0)) + " of <" + shorten(name) + ">; write the value as the element's text");
		}
	}

	void endElement(const XMLString&, const XMLString&, const XMLString&) override
	{
		if (_stopped) return;
		if (_leaf)
		{
			_builder.addEntry({}, trimmed(_text), _line);
			_text.clear();
		}
		else
		{
			finishText();
		}
		_leaf = false;
		if (--_depth > 0) _builder.leaveSection();
	}

	void characters(const Poco::XML::XMLChar* data, int start, int length) override
	{
		if (!_stopped) _text.append(data + start, static_cast<std::size_t>(length));
	}

	void startDTD(const XMLString&, const XMLString&, const XMLString&) override
	{
		_builder.addMistake(line(), {}, "a DOCTYPE is not allowed; remove it");
		_stopped = true;
	}

	void endDTD() override {}
	void startEntity(const XMLString&) override {}
	void endEntity(const XMLString&) override {}
	void startCDATA() override {}
	void endCDATA() override {}
	void comment(const Poco::XML::XMLChar*, int, int) override {}

private:
	static std::string trimmed(const std::string& text)
	{
		constexpr const char* WHITE_SPACE = " \t\r\n";
		const std::size_t first = text.find_first_not_of(WHITE_SPACE);
		return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(WHITE_SPACE) - first + 1);
	}

	int line() const
	{
		return _locator != nullptr ? _locator->getLineNumber() : 0;
	}

	bool enter(const std::string& name)
	{
		_stopped = !_builder.enterSection(name, line());
		return !_stopped;
	}

	void finishText()
	/// Between elements only white space may stand.
	{
		const std::string text = trimmed(_text);
		_text.clear();
		if (!text.empty()) _builder.addMistake(line(), {}, "text " + quote(text) + " beside elements; give it an element of its own");
	}

	EntryBuilder _builder;
	const Poco::XML::Locator* _locator = nullptr;
	std::string _text;
	int _line = 0;
	int _depth = 0;
	bool _leaf = false; // no element has begun within the current one
	bool _stopped = false;
};


} // namespace


std::vector<ConfigEntry> readXml(std::string_view text, std::vector<ConfigMistake>& mistakes)
{
	XmlHandler handler(mistakes);
	SAXParser parser;
	parser.setFeature(Poco::XML::XMLReader::FEATURE_NAMESPACES, false);
	parser.setFeature(Poco::XML::XMLReader::FEATURE_EXTERNAL_GENERAL_ENTITIES, false);
	parser.setFeature(Poco::XML::XMLReader::FEATURE_EXTERNAL_PARAMETER_ENTITIES, false);
	parser.setContentHandler(&handler);
	parser.setProperty(Poco::XML::XMLReader::PROPERTY_LEXICAL_HANDLER, static_cast<Poco::XML::LexicalHandler*>(&handler));
	try
	{
		parser.parseMemoryNP(text.data(), text.size());
	}
	catch (const Poco::XML::SAXParseException& exc)
	{
		// POCO repeats the place: "mismatched tag in line 3 column 5".
		const std::string& message = exc.message();
		if (!handler.stopped())
			mistakes.push_back({exc.getLineNumber(), "not well-formed XML: " + message.substr(0, message.rfind(" in line "))});
	}
	catch (const Poco::Exception& exc)
	{
		if (!handler.stopped()) mistakes.push_back({0, "not well-formed XML: " + exc.displayText()});
	}
	return handler.takeEntries();
}


} // namespace TaskDaemon
