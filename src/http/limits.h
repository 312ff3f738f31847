#pragma once
// Every limit of the HTTP server. Each one has a test that crosses it (server_test.cc).

#include <chrono>
#include <cstddef>

namespace hk::http {

using namespace std::chrono_literals;

/// Request line and headers together, bytes. Above: 431. Cookies of other programs on the same domain come along.
inline constexpr std::size_t kMaxHeadBytes = std::size_t{32} * 1024;
/// A head up to this size, bytes, fits the buffer that each connection has; a longer one needs memory that all
/// connections share (Limits::long_heads).
inline constexpr std::size_t kUsualHeadBytes = 8192;
/// What a long head takes of that memory, bytes: the buffer, and its headers as strings.
inline constexpr std::size_t kLongHeadBytes = 2 * kMaxHeadBytes;
/// Header fields of one request. Above: 431.
inline constexpr std::size_t kMaxHeaderFields = 100;
/// Body of a request, bytes, unless its route says otherwise. Above: 413.
inline constexpr std::size_t kMaxBodyBytes = std::size_t{64} * 1024;
/// A rejected request's body is read and thrown away up to this size, so that the connection can go on; above, it
/// closes.
inline constexpr std::size_t kMaxDiscardBytes = std::size_t{64} * 1024;
/// Frames that wait for one event stream's client, bytes. Above, the client is dropped.
inline constexpr std::size_t kMaxStreamBytes = std::size_t{64} * 1024;
/// Requests of one connection answered in a row before other connections get their turn.
inline constexpr unsigned kPipelineBurst = 16;
/// Bodies of answers from this size on are compressed, bytes.
inline constexpr std::size_t kMinCompressBytes = 1024;

/// How many clients' ingest rate a proxy gets whom nobody named: all its visitors are one client.
inline constexpr double kClientsOfUnnamedProxy = 32;

/// What an operator, or a test, may set.
struct Limits {
  /// Open connections of the process. Above: 503 and close.
  std::size_t connections = 8192;  // fewer where the limit on open files says so
  /// Open connections of one client (IPv4 address or IPv6 /64), trusted proxies excepted. Above: 503 and close.
  std::size_t connections_per_client = 512;

  /// Memory of all heads together that are longer than kUsualHeadBytes, bytes. Above: 503 and close.
  std::size_t long_heads = std::size_t{16} << 20;

  /// From accept to the end of a TLS handshake. Then the connection is closed.
  std::chrono::milliseconds handshake_time = 5s;
  /// From accept, or from the end of the handshake, or from the first byte of a later request, to the end of its head.
  /// Then 408.
  std::chrono::milliseconds head_time = 5s;
  /// Between two requests. Then the connection is closed.
  std::chrono::milliseconds idle_time = 60s;
  /// The same while more than seven eighths of `connections` are open: idle ones make room.
  std::chrono::milliseconds crowded_idle_time = 2s;
  /// For a body, besides what `min_bytes_per_second` allows for its size. Then 408.
  std::chrono::milliseconds body_time = 10s;
  /// For the client to take an answer, besides what `min_bytes_per_second` allows. Then the connection is closed.
  std::chrono::milliseconds write_time = 10s;
  /// Slowest transfer that a client may have, either way.
  std::size_t min_bytes_per_second = std::size_t{8} * 1024;
  /// For a handler or its gate to answer. Then 503.
  std::chrono::milliseconds answer_time = 60s;
  /// After an early refusal, the time that the client gets to read it before the connection is torn down.
  std::chrono::milliseconds linger_time = 2s;
};

}  // namespace hk::http
