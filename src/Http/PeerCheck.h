#ifndef TaskDaemon_Http_PeerCheck_INCLUDED
#define TaskDaemon_Http_PeerCheck_INCLUDED


#include <optional>
#include <string>
#include <sys/types.h>


namespace TaskDaemon {


class PeerCheck
/// Lets root, the daemon's own user and the members of one group use a unix socket, by the credentials that the peer had when it connected (unix(7)).
/// The supplementary groups are SO_PEERGROUPS, the peer's own: no question to the user database, which may be slow, remote, or tell
/// of a membership that the peer's session does not have.
/// Thread safety: immutable.
{
public:
	explicit PeerCheck(const std::string& group);
	/// A name or a number; empty: no group. Throws ConfigurationException for an unknown name.

	void authorize(int socket) const;
	/// Throws HttpException 403.

private:
	bool isMember(int socket) const;

	std::string _group;
	std::optional<gid_t> _gid;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_PeerCheck_INCLUDED
