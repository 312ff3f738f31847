#pragma once
// What a service manager (systemd, or whoever speaks as it does) hands to the program, and what it wants to hear.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hk::net {

/// A listening socket that somebody else opened, and keeps open when this process ends: whoever connects meanwhile
/// waits instead of being refused.
struct InheritedSocket {
  int fd = -1;
  std::string name;  // empty where it has none
  int port = 0;
};

/// The values of LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES (sd_listen_fds(3)); null where one is not set.
struct Handover {
  const char* pid = nullptr;
  const char* count = nullptr;
  const char* names = nullptr;
};

/// At most this many sockets are taken over.
inline constexpr int kMaxInherited = 16;
/// The first one's descriptor; the others follow it.
inline constexpr int kFirstInherited = 3;

/// The sockets that were handed over to this process; none where the variables are for another one, or missing. They
/// are closed in programs that this one starts. Fails with a sentence where one is not a listening TCP socket.
Result<std::vector<InheritedSocket>> inherited_sockets(const Handover& handover, int first = kFirstInherited);

/// Says `state` ("READY=1", "STOPPING=1"; sd_notify(3)) on `socket`, the value of NOTIFY_SOCKET; null or empty: there
/// is nobody to tell. A manager that does not listen is no trouble of the program's.
void tell_service_manager(const char* socket, std::string_view state);

}  // namespace hk::net
