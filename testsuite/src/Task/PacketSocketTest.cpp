#include "TaskDaemon/Task/PacketSocket.h"
#include "ChildProcess.h"
#include <cstring>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <vector>


using namespace TaskDaemon;
using namespace std::string_literals;


class PacketSocketTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(PacketSocketTest);
	CPPUNIT_TEST(testPair);
	CPPUNIT_TEST(testSizes);
	CPPUNIT_TEST(testTooLarge);
	CPPUNIT_TEST(testNonBlocking);
	CPPUNIT_TEST(testPeerGone);
	CPPUNIT_TEST(testPeerGoneWithoutReading);
	CPPUNIT_TEST(testOversizedPacket);
	CPPUNIT_TEST(testHostileAttachments);
	CPPUNIT_TEST(testAttachedTooLarge);
	CPPUNIT_TEST(testNoDescriptorLeaks);
	CPPUNIT_TEST_SUITE_END();

	struct Pair
	{
		Pair(): Pair(PacketSocket::makePair()) {}

		explicit Pair(std::pair<FileDescriptor, FileDescriptor> fds): a(std::move(fds.first)), b(std::move(fds.second)) {}

		PacketSocket a;
		PacketSocket b;
	};

	static void sendWith(int socket, const std::vector<int>& fds)
	/// As sendmsg(2) allows any peer to.
	{
		std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
		char byte = 'x';
		iovec part{&byte, 1};
		msghdr message{};
		message.msg_iov = &part;
		message.msg_iovlen = 1;
		message.msg_control = control.data();
		message.msg_controllen = control.size();
		cmsghdr* head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
		std::memcpy(CMSG_DATA(head), fds.data(), fds.size() * sizeof(int));
		CPPUNIT_ASSERT_EQUAL(ssize_t(1), ::sendmsg(socket, &message, MSG_NOSIGNAL));
	}

	static FileDescriptor memory(const std::string& content, int seals)
	{
		FileDescriptor fd(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
		writeAll(fd.get(), content.data(), content.size(), "a memfd");
		CPPUNIT_ASSERT_EQUAL(0, ::fcntl(fd.get(), F_ADD_SEALS, seals));
		return fd;
	}

	static std::string refusalOf(const std::vector<int>& fds)
	{
		Pair pair;
		sendWith(pair.a.fd(), fds);
		std::string packet;
		return messageOf<ProtocolException>([&] { pair.b.receive(packet); });
	}

	static constexpr int SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

public:
	void testPair()
	{
		auto [a, b] = PacketSocket::makePair();
		CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(a.get(), F_GETFD));
		CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(b.get(), F_GETFD));
		CPPUNIT_ASSERT_EQUAL(0, ::fcntl(a.get(), F_GETFL) & O_NONBLOCK);
		int type = 0;
		socklen_t size = sizeof type;
		CPPUNIT_ASSERT_EQUAL(0, ::getsockopt(a.get(), SOL_SOCKET, SO_TYPE, &type, &size));
		CPPUNIT_ASSERT_EQUAL(int(SOCK_SEQPACKET), type);
	}

	void testSizes()
	/// Boundaries stay, whatever way a packet takes.
	{
		Pair pair;
		for (const std::size_t size : {std::size_t(1), std::size_t(1000), PacketSocket::MAX_INLINE - 1, PacketSocket::MAX_INLINE,
				 PacketSocket::MAX_INLINE + 1, std::size_t(1) << 20, PacketSocket::MAX_PACKET})
		{
			std::string sent(size, 'x');
			for (std::size_t i = 0; i < size; i += 61) sent[i] = static_cast<char>(i);
			CPPUNIT_ASSERT(pair.a.send(sent));
			CPPUNIT_ASSERT(pair.a.send("next"));
			std::string received = "leftover";
			CPPUNIT_ASSERT(pair.b.receive(received) == PacketSocket::Receive::PACKET);
			CPPUNIT_ASSERT_MESSAGE(std::to_string(size), received == sent);
			CPPUNIT_ASSERT(pair.b.receive(received) == PacketSocket::Receive::PACKET);
			CPPUNIT_ASSERT_EQUAL("next"s, received);
		}
	}

	void testTooLarge()
	{
		Pair pair;
		CPPUNIT_ASSERT_EQUAL("cannot send a packet of 16777217 bytes"s,
			messageOf<Exception>([&] { pair.a.send(std::string(PacketSocket::MAX_PACKET + 1, 'x')); }));
	}

	void testNonBlocking()
	{
		Pair pair;
		CPPUNIT_ASSERT_EQUAL(0, ::fcntl(pair.a.fd(), F_SETFL, O_NONBLOCK));
		CPPUNIT_ASSERT_EQUAL(0, ::fcntl(pair.b.fd(), F_SETFL, O_NONBLOCK));
		std::string packet;
		CPPUNIT_ASSERT(pair.b.receive(packet) == PacketSocket::Receive::NOTHING);
		const std::size_t before = openDescriptors();
		// Small ones first, then attached ones into what is left: both report a full buffer the same way.
		std::size_t sent = 0;
		while (pair.a.send(std::string(1000, 'x'))) ++sent;
		while (pair.a.send(std::string(PacketSocket::MAX_INLINE + 1, 'y'))) ++sent;
		CPPUNIT_ASSERT(sent > 10);
		CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
		for (; sent > 0; --sent) CPPUNIT_ASSERT(pair.b.receive(packet) == PacketSocket::Receive::PACKET);
		CPPUNIT_ASSERT(pair.b.receive(packet) == PacketSocket::Receive::NOTHING);
		CPPUNIT_ASSERT(pair.a.send("room again"));
	}

	void testPeerGone()
	{
		auto fds = PacketSocket::makePair();
		PacketSocket socket(std::move(fds.first));
		CPPUNIT_ASSERT(PacketSocket(std::move(fds.second)).send("last words"));
		std::string packet;
		CPPUNIT_ASSERT(socket.receive(packet) == PacketSocket::Receive::PACKET);
		CPPUNIT_ASSERT_EQUAL("last words"s, packet);
		CPPUNIT_ASSERT(socket.receive(packet) == PacketSocket::Receive::END);
		try
		{
			socket.send("x");
			CPPUNIT_FAIL("sent to nobody");
		}
		catch (const SystemException& exception)
		{
			CPPUNIT_ASSERT_EQUAL(EPIPE, exception.error());
		}
	}

	void testPeerGoneWithoutReading()
	/// unix(7): the receiver is told ECONNRESET first, but what the peer had sent is still there.
	{
		Pair pair;
		CPPUNIT_ASSERT(pair.a.send("never read"));
		CPPUNIT_ASSERT(pair.b.send("last"));
		CPPUNIT_ASSERT(pair.b.send("words"));
		pair.b = PacketSocket(FileDescriptor());
		std::string packet;
		for (const std::string word : {"last", "words"})
		{
			CPPUNIT_ASSERT(pair.a.receive(packet) == PacketSocket::Receive::PACKET);
			CPPUNIT_ASSERT_EQUAL(word, packet);
		}
		CPPUNIT_ASSERT(pair.a.receive(packet) == PacketSocket::Receive::END);
		CPPUNIT_ASSERT(pair.a.receive(packet) == PacketSocket::Receive::END);
	}

	void testOversizedPacket()
	{
		Pair pair;
		const std::string large(PacketSocket::MAX_INLINE + 1, 'x');
		CPPUNIT_ASSERT_EQUAL(ssize_t(large.size()), ::send(pair.a.fd(), large.data(), large.size(), 0));
		std::string packet;
		CPPUNIT_ASSERT_EQUAL("packet larger than 65536 bytes"s, messageOf<ProtocolException>([&] { pair.b.receive(packet); }));
	}

	void testHostileAttachments()
	/// None may stay open here, be trusted, or end us by an exception that is not the peer's fault.
	{
		const FileDescriptor sealed = memory("text", SEALS);
		const FileDescriptor unsealed = memory("text", 0);
		const FileDescriptor growing = memory("text", F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL);
		const FileDescriptor file = openFile("/proc/self/exe", O_RDONLY);
		const FileDescriptor device = openFile("/dev/zero", O_RDONLY);
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		const std::size_t before = openDescriptors();
		for (const int fd : {unsealed.get(), growing.get(), file.get(), device.get(), reading.get(), writing.get()})
			CPPUNIT_ASSERT_EQUAL("attached packet is not sealed"s, refusalOf({fd}));
		CPPUNIT_ASSERT(!refusalOf({sealed.get(), sealed.get()}).empty());
		CPPUNIT_ASSERT(!refusalOf(std::vector<int>(250, sealed.get())).empty());
		CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
	}

	void testAttachedTooLarge()
	{
		const FileDescriptor fd = memory("", 0);
		CPPUNIT_ASSERT_EQUAL(0, ::ftruncate(fd.get(), off_t(1) << 40)); // sparse: takes no memory
		CPPUNIT_ASSERT_EQUAL(0, ::fcntl(fd.get(), F_ADD_SEALS, SEALS));
		CPPUNIT_ASSERT_EQUAL("attached packet of 1099511627776 bytes"s, refusalOf({fd.get()}));
	}

	void testNoDescriptorLeaks()
	{
		const std::size_t before = openDescriptors();
		{
			Pair pair;
			const std::string large(PacketSocket::MAX_INLINE + 1, 'x');
			std::string packet;
			for (int i = 0; i < 1000; ++i)
			{
				CPPUNIT_ASSERT(pair.a.send(large));
				CPPUNIT_ASSERT(pair.b.receive(packet) == PacketSocket::Receive::PACKET);
			}
			CPPUNIT_ASSERT_EQUAL(before + 2, openDescriptors());
			// Left in the socket's queue when it goes.
			CPPUNIT_ASSERT(pair.a.send(large));
		}
		CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(PacketSocketTest, "Task");
