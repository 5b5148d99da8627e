#include "Http/PeerCheck.h"
#include "Http/HttpException.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>
#include <cerrno>
#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>


namespace TaskDaemon {


namespace {


constexpr std::size_t MAX_GROUP_ENTRY = std::size_t(1) << 20U;


gid_t findGroup(const std::string& name)
{
	if (const auto number = parseInteger(name); number && *number >= 0 && *number < INT32_MAX) return static_cast<gid_t>(*number);
	group entry{};
	group* found = nullptr;
	std::vector<char> buffer(4096);
	int error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
	while (error == ERANGE && buffer.size() < MAX_GROUP_ENTRY)
	{
		buffer.resize(buffer.size() * 2);
		error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
	}
	if (error != 0) throw SystemException("cannot look up control.group '" + name + "'", error);
	if (!found) throw ConfigurationException("control.group: there is no group '" + name + "'");
	return found->gr_gid;
}


} // namespace


PeerCheck::PeerCheck(const std::string& group): _group(group)
{
	if (!group.empty()) _gid = findGroup(group);
}


void PeerCheck::authorize(int socket) const
{
	ucred peer{};
	socklen_t size = sizeof peer;
	if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) throwErrno("cannot tell who is at the other end of the socket");
	if (peer.uid == 0 || peer.uid == ::geteuid()) return;
	if (_gid && (peer.gid == *_gid || isMember(socket))) return;
	throw HttpException(403, "forbidden",
		"user " + std::to_string(peer.uid) +
			" may not control this daemon; allowed are root, the daemon's own user and the members of control.group" +
			(_gid ? " '" + _group + "'" : ", which is not set"));
}


bool PeerCheck::isMember(int socket) const
{
	std::vector<gid_t> groups(64);
	while (true)
	{
		socklen_t size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
		const int result = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
		const std::size_t count = size / sizeof(gid_t);
		if (result == 0)
			return std::find(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(count), *_gid) !=
				   groups.begin() + static_cast<std::ptrdiff_t>(count);
		// ERANGE tells the size that is needed; it cannot change any more.
		if (errno != ERANGE || count <= groups.size()) throwErrno("cannot tell the groups of who is at the other end of the socket");
		groups.resize(count);
	}
}


} // namespace TaskDaemon
