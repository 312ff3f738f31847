#include "net/service_manager.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace hk::net {
namespace {

/// Sockets at descriptors that follow one another, as the protocol has them.
class Handed : public ::testing::Test {
 protected:
  static constexpr int kFirst = 700;

  ~Handed() override {
    for (int fd = kFirst; fd < kFirst + 4; ++fd) ::close(fd);
  }
  static void put(int at, int domain, int type, bool listens) {
    const int fd = ::socket(domain, type, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (domain == AF_INET) ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (listens) ::listen(fd, 8);
    ::dup2(fd, kFirst + at);
    ::close(fd);
  }
  std::string own_ = std::to_string(::getpid());
};

TEST_F(Handed, AreTakenWithTheirNamesAndPorts) {
  put(0, AF_INET, SOCK_STREAM, true);
  put(1, AF_INET6, SOCK_STREAM, true);
  const auto sockets = inherited_sockets({.pid = own_.c_str(), .count = "2", .names = "web"}, kFirst);
  ASSERT_TRUE(sockets) << sockets.error().message;
  ASSERT_EQ(sockets->size(), 2u);
  EXPECT_EQ((*sockets)[0].fd, kFirst);
  EXPECT_EQ((*sockets)[0].name, "web");
  EXPECT_EQ((*sockets)[1].name, "");
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  ::getsockname(kFirst, reinterpret_cast<sockaddr*>(&bound), &size);
  EXPECT_EQ((*sockets)[0].port, ntohs(bound.sin_port));
  EXPECT_GT((*sockets)[1].port, 0);
  EXPECT_EQ(::fcntl(kFirst, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  const auto named = inherited_sockets({.pid = own_.c_str(), .count = "2", .names = "a:b"}, kFirst);
  EXPECT_EQ((*named)[1].name, "b");
}

TEST_F(Handed, AreNotTakenWhereTheyAreForAnotherProcess) {
  put(0, AF_INET, SOCK_STREAM, true);
  EXPECT_TRUE(inherited_sockets({}, kFirst)->empty());
  EXPECT_TRUE(inherited_sockets({.pid = "1", .count = "1"}, kFirst)->empty());
  EXPECT_TRUE(inherited_sockets({.pid = "12x", .count = "1"}, kFirst)->empty());
}

TEST_F(Handed, AreRefusedWhereNobodyCouldConnect) {
  const auto refused = [&](const char* count) {
    const auto sockets = inherited_sockets({.pid = own_.c_str(), .count = count}, kFirst);
    return sockets ? "" : sockets.error().message;
  };
  put(0, AF_INET, SOCK_STREAM, true);
  EXPECT_EQ(refused("1"), "");
  EXPECT_TRUE(refused("17").contains("LISTEN_FDS is no number from 0 to 16"));
  EXPECT_TRUE(refused("one").contains("LISTEN_FDS"));
  EXPECT_TRUE(refused("4").contains("descriptor 701")) << "nothing is there";
  put(0, AF_INET, SOCK_STREAM, false);
  EXPECT_TRUE(refused("1").contains("no listening TCP socket"));
  put(0, AF_INET, SOCK_DGRAM, false);
  EXPECT_TRUE(refused("1").contains("no listening TCP socket"));
  put(0, AF_UNIX, SOCK_STREAM, false);
  EXPECT_TRUE(refused("1").contains("ListenStream="));
}

TEST(TellServiceManager, SpeaksToAFileAndToAnAbstractName) {
  const std::string own = std::to_string(::getpid());
  for (const std::string& name : {::testing::TempDir() + "hitkeep-notify-" + own, "@hitkeep-" + own}) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.starts_with('@')) address.sun_path[0] = '\0';
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
              0);
    tell_service_manager(name.c_str(), "READY=1");
    char heard[16] = {};
    EXPECT_EQ(::recv(fd, heard, sizeof heard, MSG_DONTWAIT), 7) << name;
    EXPECT_STREQ(heard, "READY=1");
    ::close(fd);
    ::unlink(name.c_str());
  }
  tell_service_manager(nullptr, "READY=1");
  tell_service_manager("", "READY=1");
  tell_service_manager("/nobody/listens", "READY=1");
  tell_service_manager(std::string(200, 'x').c_str(), "READY=1");
}

}  // namespace
}  // namespace hk::net
