// The server over real sockets: requests and answers, drain, gates, streams.

#include "http/server.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>
#include <vector>

#include "http/testing/client.h"
#include "http/testing/fixture.h"

namespace hk::http {
namespace {

using testing::Client;
using testing::get;
using testing::local_options;
using testing::post;
using testing::TestServer;

Response echo(Context& context) {
  return text(200, context.request.body);
}

TEST(ServerTest, AnswersOneRequestAfterTheOther) {
  TestServer s;
  s.route(Method::get, "/api/hello/{name}", [](Context& c) { return json(200, "\"" + c.path.at("name") + "\""); });
  s.route(Method::post, "/api/echo", echo);
  s.start();
  Client client(s.port);
  const auto hello = client.ask(get("/api/hello/w%C3%B6rld?x=1"));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->status, 200);
  EXPECT_EQ(hello->body, "\"wörld\"");
  EXPECT_EQ(hello->header("content-type"), "application/json");
  EXPECT_FALSE(hello->header("date").empty());
  const auto back = client.ask(post("/api/echo", "ping"));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->body, "ping");
}

}  // namespace
}  // namespace hk::http
