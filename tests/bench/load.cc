// A load generator for hits: the same client and bodies against HitKeep and against nginx. What it sends is a day of a
// large site as the demo makes it (Variety::high), in order of time, again and again: each time with visitors, and
// pages of the long tail, that were not there before.
//
//   load [--tls] PORT DOMAIN CONNECTIONS SECONDS [RATE] [TOTAL]
//
// --tls: connections speak TLS, and shake hands before the clock runs; whatever certificate comes is fine.
// Without RATE every connection sends its next request when the answer is there (most throughput). With RATE (requests
// per second) requests are due at fixed times and latency counts from the due time, so that a stall is not hidden.
// TOTAL ends after that many answers. Prints one line of JSON: answers per second, latencies in ms, when answers were
// later than kStall (which of the server's works fell there?), answers by status.
// Loopback only.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/scheduling.h"
#include "demo/traffic.h"

namespace {

using SteadyClock = std::chrono::steady_clock;
using Instant = SteadyClock::time_point;

constexpr std::size_t kVariants = 60'000;
/// An answer later than this is a stall, and so are those behind it until kCalm without one.
constexpr std::chrono::milliseconds kStall{10};
constexpr std::chrono::milliseconds kCalm{20};

struct Stall {
  Instant from, to;
  std::uint64_t answers = 0;
};

/// A request, and where in it stand three digits that tell rounds apart: of the visitor's address, of a page's name.
struct Request {
  std::string text;
  std::size_t address = 0;
  std::size_t page = 0;  // 0: a page that all rounds have

  void set_round(std::size_t round) {
    const auto put = [&](std::size_t at, std::size_t number) {
      for (std::size_t digit = 3; digit-- > 0; number /= 10) text[at + digit] = static_cast<char>('0' + number % 10);
    };
    put(address, 100 + round % 100);  // an octet
    if (page != 0) put(page, round % 1000);
  }
};

void add_text(std::string& body, std::string_view name, std::string_view value) {
  if (!value.empty()) body.append(",\"").append(name).append("\":\"").append(value).append("\"");
}

std::string body_of(const hk::demo::RawHit& hit, std::string_view path) {
  std::string body = "{\"path\":\"" + std::string(path) + "\"";
  const bool event = !hit.event.empty();
  add_text(body, event ? "r" : "referrer", hit.referrer);
  add_text(body, "ua", hit.user_agent);
  add_text(body, "lang", hit.language);
  add_text(body, "u_src", hit.utm_source);
  add_text(body, "u_med", hit.utm_medium);
  add_text(body, "u_cmp", hit.utm_campaign);
  add_text(body, "u_trm", hit.utm_term);
  add_text(body, "u_cnt", hit.utm_content);
  add_text(body, "n", hit.event);
  if (!hit.properties.empty()) body.append(",\"p\":").append(hit.properties);
  for (const auto& [name, pixels] : {std::pair("vp_w", hit.viewport_width), std::pair("vp_h", hit.viewport_height),
                                     std::pair("sc_w", hit.screen_width), std::pair("sc_h", hit.screen_height)})
    body.append(",\"").append(name).append("\":").append(std::to_string(pixels));
  return body + "}";
}

Request request_of(const hk::demo::RawHit& hit, const std::string& domain) {
  constexpr std::array networks = {23, 31, 45, 51, 62, 77, 81, 84, 91, 109, 151, 176, 185, 188, 194, 212};
  const bool tail = std::isdigit(static_cast<unsigned char>(hit.path.back())) != 0;
  const std::string path = std::string(hit.path) + (tail ? "-000" : "");
  const std::string body = body_of(hit, path);
  const std::string network = std::to_string(networks[hit.visitor % networks.size()]) + ".";
  Request request{.text = std::string("POST /ingest") + (hit.event.empty() ? "" : "/event") +
                          " HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://" + domain +
                          "\r\nUser-Agent: " + std::string(hit.user_agent) + "\r\nX-Forwarded-For: " + network};
  request.address = request.text.size();
  request.text += "100." + std::to_string(hit.visitor >> 8 & 0xFF) + "." + std::to_string(hit.visitor >> 16 & 0xFF) +
                  "\r\nContent-Type: text/plain\r\nAccept: */*\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\n\r\n";
  if (tail) request.page = request.text.size() + body.find(path) + path.size() - 3;
  request.text += body;
  return request;
}

std::vector<Request> make_requests(const std::string& domain) {
  constexpr hk::Day day = 20'000;
  std::vector<std::int64_t> midnights;
  for (hk::Day d = day - 2; d < day + 3; ++d) midnights.push_back(std::int64_t{d} * 86'400'000);
  const hk::db::Zone zone("UTC", day - 2, std::move(midnights));
  hk::demo::Traffic traffic(7, {.domain = domain, .zone = "UTC"}, zone, kVariants, hk::demo::Variety::high);
  std::vector<hk::demo::RawHit> hits;
  traffic.day(day, kVariants, hits);
  std::vector<Request> requests;
  requests.reserve(hits.size());
  for (const auto& hit : hits) requests.push_back(request_of(hit, domain));
  return requests;
}

struct Connection {
  int fd = -1;
  SSL* tls = nullptr;  // null: plain
  Instant due;         // of the request in flight
  bool busy = false;
  std::string in;

  bool send(std::string_view text) const {
    const auto sent = tls ? SSL_write(tls, text.data(), static_cast<int>(text.size()))
                          : ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(text.size());
  }
  /// 0: the server has gone; nullopt: nothing has come.
  std::optional<std::size_t> receive(std::span<char> room) const {
    const auto got =
        tls ? SSL_read(tls, room.data(), static_cast<int>(room.size())) : ::recv(fd, room.data(), room.size(), 0);
    if (got > 0) return static_cast<std::size_t>(got);
    const bool nothing = tls ? SSL_get_error(tls, static_cast<int>(got)) == SSL_ERROR_WANT_READ
                             : got < 0 && (errno == EAGAIN || errno == EINTR);
    return nothing ? std::nullopt : std::optional<std::size_t>(0);
  }
};

/// Length of the first whole answer in `in`, or 0. Only what servers under test send: Content-Length or no body.
std::size_t whole_answer(const std::string& in) {
  const auto head = in.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  std::size_t body = 0;
  for (const char* name : {"Content-Length: ", "content-length: "})
    if (const auto at = in.find(name); at != std::string::npos && at < head)
      body = static_cast<std::size_t>(std::atoi(in.c_str() + at + std::strlen(name)));
  return in.size() >= head + 4 + body ? head + 4 + body : 0;
}

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
    std::perror("connect");
    std::exit(1);
  }
  return fd;
}

/// Waits until hands are shaken.
void encrypt(Connection& connection) {
  static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  ::fcntl(connection.fd, F_SETFL, ::fcntl(connection.fd, F_GETFL) & ~O_NONBLOCK);
  connection.tls = SSL_new(context);
  SSL_set_fd(connection.tls, connection.fd);
  if (SSL_connect(connection.tls) != 1) {
    std::fprintf(stderr, "no TLS\n");
    std::exit(1);
  }
  ::fcntl(connection.fd, F_SETFL, ::fcntl(connection.fd, F_GETFL) | O_NONBLOCK);
}

}  // namespace

int main(int argc, char** argv) {
  const bool tls = argc > 1 && std::string_view(argv[1]) == "--tls";
  if (tls) --argc, ++argv;
  if (argc < 5) {
    std::fprintf(stderr, "usage: load [--tls] PORT DOMAIN CONNECTIONS SECONDS [RATE] [TOTAL]\n");
    return 2;
  }
  const int port = std::atoi(argv[1]);
  const auto count = static_cast<std::size_t>(std::atoi(argv[3]));
  const double seconds = std::atof(argv[4]);
  const double rate = argc > 5 ? std::atof(argv[5]) : 0;
  const std::uint64_t total = argc > 6 ? std::strtoull(argv[6], nullptr, 10) : ~0ull;
  auto requests = make_requests(argv[2]);

  ::prctl(PR_SET_TIMERSLACK, 1);  // requests are due tens of microseconds apart
  hk::take_short_turns();         // an answer that waits here for a core would count as late
  const int epoll = ::epoll_create1(0);
  std::vector<Connection> connections(count);
  for (std::size_t i = 0; i < count; ++i) {
    connections[i].fd = connect_to(port);
    if (tls) encrypt(connections[i]);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event);
  }
  ::usleep(50'000);  // connections are up before the clock runs

  std::vector<float> latencies;
  latencies.reserve(1'000'000);
  std::vector<Stall> stalls;
  std::map<int, std::uint64_t> statuses;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t errors = 0;
  const auto begin = SteadyClock::now();
  const auto end = begin + std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
  std::deque<std::size_t> idle;
  for (std::size_t i = 0; i < count; ++i) idle.push_back(i);

  const auto send_one = [&](std::size_t i, Instant due) {
    auto& c = connections[i];
    auto& request = requests[sent % requests.size()];
    request.set_round(sent / requests.size());
    c.due = due;
    c.busy = true;
    ++sent;
    if (!c.send(request.text)) ++errors;
  };
  const auto due_time = [&](std::uint64_t n) {
    return begin + std::chrono::duration_cast<SteadyClock::duration>(
                       std::chrono::duration<double>(static_cast<double>(n) / rate));
  };

  std::array<epoll_event, 256> events;
  std::array<char, 65536> buffer;
  while (true) {
    const auto now = SteadyClock::now();
    const bool sending = now < end && sent < total;
    if (!sending && (sent == answered + errors || now > end + std::chrono::seconds(10))) break;
    if (sending) {
      if (rate == 0)
        while (!idle.empty() && sent < total) send_one(idle.front(), SteadyClock::now()), idle.pop_front();
      else
        while (!idle.empty() && sent < total && due_time(sent) <= now) {
          const auto due = due_time(sent);
          send_one(idle.front(), due);
          idle.pop_front();
        }
    }
    auto nap = std::chrono::nanoseconds(std::chrono::milliseconds(1));
    if (sending && rate > 0 && !idle.empty())
      nap = std::clamp(std::chrono::nanoseconds(due_time(sent) - SteadyClock::now()), std::chrono::nanoseconds(0), nap);
    const timespec timeout{.tv_sec = 0, .tv_nsec = nap.count()};
    const int ready = ::epoll_pwait2(epoll, events.data(), events.size(), &timeout, nullptr);
    for (int e = 0; e < ready; ++e) {
      const auto i = events[static_cast<std::size_t>(e)].data.u64;
      auto& c = connections[i];
      const auto got = c.receive(buffer);
      if (!got) continue;
      if (*got == 0) {
        ++errors;
        ::epoll_ctl(epoll, EPOLL_CTL_DEL, c.fd, nullptr);
        continue;
      }
      c.in.append(buffer.data(), *got);
      if (const auto length = whole_answer(c.in)) {
        ++statuses[std::atoi(c.in.c_str() + 9)];
        c.in.erase(0, length);
        c.busy = false;
        ++answered;
        const auto here = SteadyClock::now();
        latencies.push_back(std::chrono::duration<float, std::milli>(here - c.due).count());
        if (here - c.due > kStall) {
          if (stalls.empty() || c.due > stalls.back().to + kCalm) stalls.push_back({.from = c.due, .to = here});
          stalls.back().to = std::max(stalls.back().to, here);
          ++stalls.back().answers;
        }
        idle.push_back(i);
      }
    }
  }
  const double took = std::chrono::duration<double>(std::min(SteadyClock::now(), end) - begin).count();

  std::ranges::sort(latencies);
  const auto at = [&](double q) {
    return latencies.empty() ? 0.0f
                             : latencies[static_cast<std::size_t>(q * static_cast<double>(latencies.size() - 1))];
  };
  std::printf(
      "{\"per_second\":%.1f,\"answered\":%llu,\"errors\":%llu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,"
      "\"statuses\":{",
      static_cast<double>(answered) / took, static_cast<unsigned long long>(answered),
      static_cast<unsigned long long>(errors), static_cast<double>(at(0.5)), static_cast<double>(at(0.99)),
      static_cast<double>(at(1)));
  bool first = true;
  for (const auto& [status, n] : statuses) {
    std::printf("%s\"%d\":%llu", first ? "" : ",", status, static_cast<unsigned long long>(n));
    first = false;
  }
  std::printf("},\"stalls_ms\":[");
  for (const auto& stall : stalls) {
    const auto ms = [](auto d) { return std::chrono::duration<double, std::milli>(d).count(); };
    std::printf("%s{\"at\":%.0f,\"lasted\":%.0f,\"answers\":%llu}", &stall == stalls.data() ? "" : ",",
                ms(stall.from - begin), ms(stall.to - stall.from), static_cast<unsigned long long>(stall.answers));
  }
  std::printf("]}\n");
  return 0;
}
