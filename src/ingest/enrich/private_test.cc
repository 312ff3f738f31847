#include "ingest/enrich/private.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hk::ingest {
namespace {

TEST(Private, KnowsMailAddressesTokensAndCards) {
  for (const char* text :
       {"anna@example.com", "anna%40example.com", "a.b+c@mail.example.co.uk", "4111111111111111", "4111-1111-1111-1111",
        "4111+1111+1111+1111", "378282246310005", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "sk_live_9aB8cD7eF6gH5iJ4", "AKIAIOSFODNN7exam9ple2"})
    EXPECT_TRUE(looks_private(text)) << text;
  for (const char* text :
       {"", "pricing", "@anna", "anna@", "a@b", "anna@example", "4111111111111112", "0000000000000000", "20261130",
        "1234567890", "how-to-count-visitors-without-cookies-2026", "0190163d-8694-739b-aea5-966c26f8ad91",
        "Donaudampfschifffahrtsgesellschaft", "IMG_20261130_123456", "v1.2.3"})
    EXPECT_FALSE(looks_private(text)) << text;
}

TEST(Private, HidesPartsOfAPath) {
  const auto hidden = [](std::string path) {
    hide_private(path);
    return path;
  };
  EXPECT_EQ(hidden("/user/anna@example.com/orders"), "/user/…/orders");
  EXPECT_EQ(hidden("/a?mail=anna@example.com&page=2"), "/a?mail=…&page=2");
  EXPECT_EQ(hidden("/a/"), "/a/");
  EXPECT_EQ(hidden("/"), "/");
  EXPECT_EQ(hidden(""), "");
}

TEST(Private, ReadsWhatWasSearchedFor) {
  const std::vector<std::string> keys = {"q", "s"};
  EXPECT_EQ(searched_for("/search?page=2&Q=red+shoes%21&s=x#q=no", keys), "red shoes!");
  EXPECT_EQ(searched_for("/search?x=1", keys), "");
  EXPECT_EQ(searched_for("/search?q", keys), "");
  EXPECT_EQ(searched_for("/search?q=anna%40example.com", keys), "") << "somebody's address";
  EXPECT_EQ(searched_for("/search?q=" + std::string(300, 'a'), keys).size(), 255u);
}

TEST(Private, KeepsParametersInOneOrder) {
  const std::vector<std::string> keys = {"id", "page"};
  EXPECT_EQ(query_kept("/a?page=2&x=1&ID=7#top", keys), "?ID=7&page=2");
  EXPECT_EQ(query_kept("/a?x=1", keys), "");
  EXPECT_EQ(query_kept("/a", keys), "");
  EXPECT_EQ(query_kept("/a?id", keys), "?id");
  EXPECT_EQ(query_kept("/a?&&id=&", keys), "?id=");
}

}  // namespace
}  // namespace hk::ingest
