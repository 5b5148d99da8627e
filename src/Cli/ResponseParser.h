#ifndef TaskDaemon_Cli_ResponseParser_INCLUDED
#define TaskDaemon_Cli_ResponseParser_INCLUDED


#include <cstdint>
#include <functional>
#include <string>
#include <string_view>


namespace TaskDaemon::Cli {


class ResponseParser
/// Reads one HTTP/1.1 response (RFC 9112) from bytes as they arrive, and hands its body on without keeping it. Strict: a length is
/// required (Content-Length or chunked, not both), so that a connection that was cut is never taken for the end; lines
/// end in CRLF; the head and each chunk's header are bounded. Throws ProtocolException for anything else. Not thread-safe; owned by
/// the connection it reads.
{
public:
	using BodySink = std::function<void(std::string_view)>;

	explicit ResponseParser(BodySink sink): _sink(std::move(sink)) {}

	void feed(std::string_view bytes);
	/// Takes what arrived. status() is known before the sink is called for the first time.

	bool complete() const
	{
		return _state == State::DONE;
	}

	int status() const
	/// The status code; 0 until it arrived.
	{
		return _status;
	}

private:
	enum class State
	{
		STATUS_LINE,
		HEADER,
		FIXED_BODY,
		CHUNK_SIZE,
		CHUNK_DATA,
		CHUNK_END,
		TRAILER,
		DONE
	};

	bool takeLine(std::string_view& bytes);
	void takeBody(std::string_view& bytes);
	void handleLine();
	void handleStatusLine();
	void handleHeader();
	void handleHeadEnd();
	void handleChunkSize();

	BodySink _sink;
	State _state = State::STATUS_LINE;
	std::string _line;
	std::size_t _headSize = 0;
	int _status = 0;
	bool _chunked = false;
	bool _lengthKnown = false;
	std::uint64_t _remaining = 0;
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_ResponseParser_INCLUDED
