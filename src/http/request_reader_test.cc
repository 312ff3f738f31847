#include "http/request_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>

namespace hk::http {
namespace {

using Step = RequestReader::Step;

/// Feeds bytes in pieces of at most `piece`, reading on until a request is complete or refused.
struct Fed {
  explicit Fed(HeadBudget& budget = ample()) : reader(budget) {}
  static HeadBudget& ample() {
    static HeadBudget budget{std::size_t{1} << 20};
    return budget;
  }

  RequestReader reader;
  Request request;

  Step feed(std::string_view bytes, std::size_t piece = 1 << 20, std::size_t body_limit = kMaxBodyBytes) {
    Step step = Step::need_more;
    for (;;) {
      step = reader.next();
      if (step == Step::head) {
        reader.limit_body(body_limit);
        continue;
      }
      if (step != Step::need_more || bytes.empty()) return step;
      const auto room = reader.space();
      const std::size_t count = std::min({piece, bytes.size(), room.size()});
      std::memcpy(room.data(), bytes.data(), count);
      reader.commit(count);
      bytes.remove_prefix(count);
    }
  }
};

Step read(std::string_view bytes, int* status = nullptr) {
  Fed fed;
  fed.reader.begin(fed.request);
  const Step step = fed.feed(bytes);
  if (status) *status = step == Step::bad ? fed.reader.failure().status : 0;
  return step;
}

int status_of_bad(std::string_view bytes) {
  int status = 0;
  read(bytes, &status);
  return status;
}

TEST(RequestReaderTest, ReadsARequestInPiecesOfAnySize) {
  const std::string bytes =
      "\r\nPOST /a?b=c HTTP/1.1\r\nHost: x\r\nX-Two: 1\r\nX-TWO:  2 \r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nabcd\r\n3;ext=1\r\nefg\r\n0\r\nHost: trailer\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    Fed fed;
    fed.reader.begin(fed.request);
    ASSERT_EQ(fed.feed(bytes, piece), Step::complete) << piece;
    EXPECT_EQ(fed.request.method, Method::post);
    EXPECT_EQ(fed.reader.target(), "/a?b=c");
    EXPECT_EQ(fed.request.body, "abcdefg");
    EXPECT_EQ(fed.request.header("x-two"), "1");
    EXPECT_EQ(fed.request.header("host"), "x");
    EXPECT_EQ(fed.request.headers.size(), 4u) << "trailers are not headers";
    EXPECT_TRUE(fed.reader.keep_alive());
  }
}

TEST(RequestReaderTest, ReadsABodyOfNoChunksInPiecesOfAnySize) {
  const std::string bytes = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: trailer\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    Fed fed;
    fed.reader.begin(fed.request);
    ASSERT_EQ(fed.feed(bytes, piece), Step::complete) << piece;
    EXPECT_EQ(fed.request.body, "");
  }
}

TEST(RequestReaderTest, KeepsWhatFollowsForTheNextRequest) {
  Fed fed;
  const std::string one = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  fed.reader.begin(fed.request);
  ASSERT_EQ(fed.feed(one + one + "GET /end HTTP/1.0\r\n\r\n"), Step::complete);
  EXPECT_EQ(fed.request.body, "abc");
  fed.reader.begin(fed.request);
  ASSERT_EQ(fed.feed(""), Step::complete);
  EXPECT_EQ(fed.request.body, "abc");
  fed.reader.begin(fed.request);
  ASSERT_EQ(fed.feed(""), Step::complete);
  EXPECT_EQ(fed.reader.target(), "/end");
  EXPECT_FALSE(fed.reader.keep_alive());
  fed.reader.begin(fed.request);
  EXPECT_FALSE(fed.reader.started());
}

/// A head of exactly that many bytes.
std::string head_of(std::size_t bytes) {
  const std::string start = "GET / HTTP/1.1\r\nHost: x\r\nCookie: ";
  return start + std::string(bytes - start.size() - 4, 'c') + "\r\n\r\n";
}

TEST(RequestReaderTest, GrowsForALongHeadAndGivesTheMemoryBack) {
  HeadBudget budget{kLongHeadBytes};
  Fed fed(budget);
  fed.reader.begin(fed.request);
  ASSERT_EQ(fed.feed(head_of(kUsualHeadBytes)), Step::complete);
  EXPECT_EQ(budget.taken(), 0u) << "fits";
  for (const std::size_t bytes : {kUsualHeadBytes + 1, kMaxHeadBytes}) {
    fed.reader.begin(fed.request);
    ASSERT_EQ(fed.feed(head_of(bytes), 1000), Step::complete) << bytes;
    EXPECT_EQ(fed.request.header("cookie").find_first_not_of('c'), std::string_view::npos);
    EXPECT_EQ(fed.request.header("cookie").size() + 37, bytes);
    EXPECT_EQ(budget.taken(), kLongHeadBytes);
    fed.reader.begin(fed.request);
    EXPECT_EQ(budget.taken(), 0u) << "the next one may be short";
    ASSERT_EQ(fed.feed("GET /next HTTP/1.1\r\nHost: x\r\n\r\n"), Step::complete);
    EXPECT_EQ(fed.reader.target(), "/next");
  }
  fed.reader.begin(fed.request);
  ASSERT_EQ(fed.feed(head_of(kMaxHeadBytes + 1)), Step::bad);
  EXPECT_EQ(fed.reader.failure().status, 431);
}

TEST(RequestReaderTest, KeepsTheMemoryWhileLongHeadsFollowEachOther) {
  HeadBudget budget{kLongHeadBytes};
  Fed fed(budget);
  const std::size_t bytes = kUsualHeadBytes + 100;
  fed.reader.begin(fed.request);
  Step step = fed.feed(head_of(bytes) + head_of(bytes) + head_of(bytes));
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(step, Step::complete) << i;
    EXPECT_EQ(budget.taken(), kLongHeadBytes);
    fed.reader.begin(fed.request);
    if (i < 2) step = fed.feed("");
  }
  EXPECT_EQ(budget.taken(), 0u);
}

TEST(RequestReaderTest, RefusesALongHeadWhenOthersHaveTheMemory) {
  HeadBudget budget{kLongHeadBytes};
  const std::string unfinished = head_of(kUsualHeadBytes + 100).substr(0, kUsualHeadBytes + 50);
  {
    Fed first(budget), second(budget);
    first.reader.begin(first.request);
    second.reader.begin(second.request);
    ASSERT_EQ(first.feed(unfinished), Step::need_more);
    ASSERT_EQ(second.feed(unfinished), Step::bad);
    EXPECT_EQ(second.reader.failure().status, 503);
    EXPECT_EQ(second.reader.failure().why, Refusal::long_heads);
  }
  EXPECT_EQ(budget.taken(), 0u) << "whoever goes away in the middle gives it back";
  Fed third(budget);
  third.reader.begin(third.request);
  EXPECT_EQ(third.feed(unfinished), Step::need_more);
}

TEST(RequestReaderTest, RefusesWhatCouldMeanTwoThings) {
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\n";
  const struct {
    const char* why;
    std::string bytes;
  } cases[] = {
      {"two lengths", start + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"},
      {"one length twice", start + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab"},
      {"a list of lengths", start + "Content-Length: 2, 2\r\n\r\nab"},
      {"a signed length", start + "Content-Length: +2\r\n\r\nab"},
      {"an empty length", start + "Content-Length:\r\n\r\n"},
      {"a hexadecimal length", start + "Content-Length: 0x2\r\n\r\nab"},
      {"a huge length", start + "Content-Length: 99999999999999999999\r\n\r\n"},
      {"length and encoding", start + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"encoding and length", start + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n"},
      {"another encoding", start + "Transfer-Encoding: xchunked\r\n\r\n"},
      {"encoding on top", start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"encoding twice", start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"identity encoding", start + "Transfer-Encoding: identity\r\n\r\n"},
      {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"folded line", start + "X: a\r\n b\r\n\r\n"},
      {"folded line with a tab", start + "X: a\r\n\tb\r\n\r\n"},
      {"folded first line", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"two hosts", start + "Host: x\r\n\r\n"},
      {"a strange host", "GET / HTTP/1.1\r\nHost: a@b/c\r\n\r\n"},
      {"bare LF", "GET / HTTP/1.1\nHost: x\n\n"},
      {"bare LF in the middle", "GET / HTTP/1.1\r\nHost: x\nY: z\r\n\r\n"},
      {"bare CR", start + "X: a\rb\r\n\r\n"},
      {"NUL in a value", start + std::string("X: a\0b\r\n\r\n", 10)},
      {"NUL in the target", std::string("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 28)},
      {"space before the colon", start + "X : a\r\n\r\n"},
      {"no colon", start + "nonsense\r\n\r\n"},
      {"an empty name", start + ": a\r\n\r\n"},
      {"space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"no version", "GET /\r\nHost: x\r\n\r\n"},
      {"chunk size overflow", start + "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\na\r\n0\r\n\r\n"},
      {"chunk size of nothing", start + "Transfer-Encoding: chunked\r\n\r\n\r\na\r\n0\r\n\r\n"},
      {"signed chunk size", start + "Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n"},
      {"chunk without its end", start + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"},
      {"TLS", "\x16\x03\x01\x02\x01\x01\r\n\r\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(status_of_bad(c.bytes), 400) << c.why;
}

TEST(RequestReaderTest, NamesWhatItDoesNotSpeak) {
  EXPECT_EQ(status_of_bad("PRI * HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(status_of_bad("GET / HTTP/1.2\r\nHost: x\r\n\r\n"), 505);
  EXPECT_EQ(status_of_bad("CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n"), 501);
  EXPECT_EQ(status_of_bad("BREW / HTTP/1.1\r\nHost: x\r\n\r\n"), 501);
  EXPECT_EQ(status_of_bad("POST / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n"), 417);
}

TEST(RequestReaderTest, BoundsTheHead) {
  const std::string start = "GET / HTTP/1.1\r\nHost: x\r\n";
  const std::size_t room = kMaxHeadBytes - start.size() - 7;  // "A: " and two line ends
  EXPECT_EQ(read(start + "A: " + std::string(room, 'x') + "\r\n\r\n"), Step::complete);
  EXPECT_EQ(status_of_bad(start + "A: " + std::string(room + 1, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(status_of_bad("GET /" + std::string(2 * kMaxHeadBytes, 'x')), 431);

  const auto fields = [](std::size_t count) {
    std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (std::size_t i = 1; i < count; ++i) head += "a:b\r\n";
    return head + "\r\n";
  };
  EXPECT_EQ(read(fields(kMaxHeaderFields)), Step::complete);
  EXPECT_EQ(status_of_bad(fields(kMaxHeaderFields + 1)), 431);
}

TEST(RequestReaderTest, BoundsTheBody) {
  const auto plain = [](std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'b');
  };
  Fed fed;
  fed.reader.begin(fed.request);
  EXPECT_EQ(fed.feed(plain(100'000), 5000, 100'000), Step::complete);
  EXPECT_EQ(fed.request.body.size(), 100'000u);

  const std::string chunks =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n6\r\nabcdef\r\n0\r\n\r\n";
  Fed enough;
  enough.reader.begin(enough.request);
  EXPECT_EQ(enough.feed(chunks, 1 << 20, 11), Step::complete);
  Fed over;
  over.reader.begin(over.request);
  EXPECT_EQ(over.feed(chunks, 1 << 20, 10), Step::bad);
  EXPECT_EQ(over.reader.failure().status, 413);
}

TEST(RequestReaderTest, AChunkHeadLineHasAnEnd) {
  EXPECT_EQ(status_of_bad("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                          std::string(3 * kMaxHeadBytes, 'x')),
            400);
}

RC_GTEST_PROP(RequestReaderTest, ForeignBytesNeverConfuseIt, (const std::string& bytes)) {
  Fed fed;
  fed.reader.begin(fed.request);
  fed.feed(bytes, 7);
}

}  // namespace
}  // namespace hk::http
