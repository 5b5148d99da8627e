#include "TaskDaemon/Task/Protocol.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Wire.h"
#include <array>
#include <utility>


namespace TaskDaemon {


namespace {


class Encoder
/// Writes each field it is given.
{
public:
	void operator()(std::uint32_t& value)
	{
		_out.u32(value);
	}

	void operator()(std::int32_t& value)
	{
		_out.u32(static_cast<std::uint32_t>(value));
	}

	void operator()(std::uint64_t& value)
	{
		_out.u64(value);
	}

	void operator()(std::int64_t& value)
	{
		_out.i64(value);
	}

	void operator()(std::string& value)
	{
		_out.bytes(value);
	}

	void operator()(std::vector<std::string>& value)
	{
		_out.list(value);
	}

	void operator()(RunKey& value)
	{
		_out.i64(value.task);
		_out.u32(value.run);
	}

	void operator()(EndReason& value)
	{
		_out.u8(static_cast<std::uint8_t>(value));
	}

	const std::string& data() const
	{
		return _out.data();
	}

private:
	WireWriter _out;
};


class Decoder
/// Reads each field it is given; throws ProtocolException.
{
public:
	explicit Decoder(std::string_view body): _in(body) {}

	void operator()(std::uint32_t& value)
	{
		value = _in.u32();
	}

	void operator()(std::int32_t& value)
	{
		value = static_cast<std::int32_t>(_in.u32());
	}

	void operator()(std::uint64_t& value)
	{
		value = _in.u64();
	}

	void operator()(std::int64_t& value)
	{
		value = _in.i64();
	}

	void operator()(std::string& value)
	{
		value = _in.bytes();
	}

	void operator()(std::vector<std::string>& value)
	{
		value = _in.list();
	}

	void operator()(RunKey& value)
	{
		value.task = _in.i64();
		value.run = _in.u32();
	}

	void operator()(EndReason& value)
	{
		const std::uint8_t number = _in.u8();
		if (number > static_cast<std::uint8_t>(EndReason::UNSEEN)) throw ProtocolException("unknown end reason " + std::to_string(number));
		value = static_cast<EndReason>(number);
	}

	void expectEnd() const
	{
		_in.expectEnd();
	}

private:
	WireReader _in;
};


// The fields of each message in their order on the wire: one list for both directions, so that they cannot differ.

template <typename Coder>
void fields(Coder& coder, Hello& m)
{
	coder(m.version), coder(m.supervisor), coder(m.serviceRestarts);
}


template <typename Coder>
void fields(Coder& coder, Failed& m)
{
	coder(m.exitCode), coder(m.message);
}


template <typename Coder>
void fields(Coder& coder, Spawn& m)
{
	coder(m.key), coder(m.command), coder(m.environment), coder(m.cwd), coder(m.umask);
	coder(m.stdoutFile), coder(m.stderrFile), coder(m.timeout), coder(m.killAfter);
}


template <typename Coder>
void fields(Coder& coder, Cancel& m)
{
	coder(m.key);
}


template <typename Coder>
void fields(Coder& coder, Adopt& m)
{
	coder(m.key), coder(m.pid), coder(m.pidStartTime), coder(m.killAfter);
}


template <typename Coder>
void fields(Coder& coder, Acknowledge& m)
{
	coder(m.key);
}


template <typename Coder>
void fields(Coder& coder, Started& m)
{
	coder(m.key), coder(m.pid), coder(m.pidStartTime), coder(m.startedAt);
}


template <typename Coder>
void fields(Coder& coder, Ended& m)
{
	coder(m.key), coder(m.reason), coder(m.status), coder(m.detail), coder(m.finishedAt);
	coder(m.userTime), coder(m.systemTime), coder(m.maxRss);
}


template <typename Coder, typename Empty>
void fields(Coder&, Empty&)
/// HelloEnd, Ready, Drain, Shutdown, ReopenLogs, DumpStatus.
{
	static_assert(std::is_empty_v<Empty>, "a message with fields needs its list above");
}


template <typename M>
Message decodeAs(std::string_view body)
{
	M message;
	Decoder decoder(body);
	fields(decoder, message);
	decoder.expectEnd();
	return message;
}


template <std::size_t... INDEX>
constexpr auto makeDecoders(std::index_sequence<INDEX...>)
{
	return std::array<Message (*)(std::string_view), sizeof...(INDEX)>{&decodeAs<std::variant_alternative_t<INDEX, Message>>...};
}


constexpr auto DECODERS = makeDecoders(std::make_index_sequence<std::variant_size_v<Message>>());


} // namespace


void encode(const Message& message, std::string& packet)
{
	Encoder body;
	std::visit(
		[&](auto copy)
		{
			// By value: one list of fields serves reading and writing, and reading needs them to be writable.
			fields(body, copy);
		},
		message);
	WireWriter head;
	head.u8(static_cast<std::uint8_t>(message.index()));
	head.bytes(body.data());
	packet += head.data();
}


std::vector<Message> decode(std::string_view packet)
{
	std::vector<Message> messages;
	WireReader reader(packet);
	while (!reader.atEnd())
	{
		const std::uint8_t type = reader.u8();
		if (type >= DECODERS.size()) throw ProtocolException("unknown message type " + std::to_string(type));
		messages.push_back(DECODERS[type](reader.bytes()));
	}
	return messages;
}


} // namespace TaskDaemon
