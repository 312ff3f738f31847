#include "ingest/enrich/client_hints.h"

#include <gtest/gtest.h>

#include "ingest/enrich/enrich.h"

namespace hk::ingest {
namespace {

constexpr std::string_view kChromes = R"("Chromium";v="146", "Google Chrome";v="146", "Not_A Brand";v="24")";
constexpr std::string_view kBraves = R"("Not A;Brand";v="99", "Chromium";v="146", "Brave";v="146")";

UserAgent on(std::string browser, std::string os, store::Device device = store::Device::desktop) {
  return {.browser = std::move(browser),
          .browser_major = 100,
          .browser_version = "100",
          .os = std::move(os),
          .device = device};
}

store::Hit with(const UserAgent& agent, const ClientHints& hints) {
  store::Hit hit;
  enrich_client(hit, agent);
  apply_hints(hit, hints);
  return hit;
}

TEST(ClientHints, AreReadFromTheRequest) {
  http::Request request;
  request.headers = {{"sec-ch-ua", std::string(kChromes)},
                     {"sec-ch-ua-mobile", "?1"},
                     {"sec-ch-ua-platform", "\"Android\""},
                     {"sec-ch-ua-platform-version", "\"15.0.0\""},
                     {"sec-ch-ua-model", "\"Pixel 9\""}};
  const ClientHints hints = hints_of(request);
  EXPECT_EQ(hints.platform, "Android");
  EXPECT_EQ(hints.platform_version, "15.0.0");
  EXPECT_EQ(hints.model, "Pixel 9");
  EXPECT_EQ(hints.mobile, true);
  request.headers[0].second.assign(5000, 'x');
  EXPECT_EQ(hints_of(request).brands, "") << "no browser says so much";
}

TEST(ClientHints, NameTheBrowserBesideChromium) {
  EXPECT_EQ(brand_of(kChromes).name, "Chrome");
  EXPECT_EQ(brand_of(kBraves).name, "Brave");
  EXPECT_EQ(brand_of(kBraves).version, "146");
  EXPECT_EQ(brand_of(R"("Google Chrome";v="1", "Microsoft Edge";v="2")").name, "Edge");
  EXPECT_EQ(brand_of(R"("Chromium";v="146")").name, "");
  for (const char* broken : {"", "\"", "\"Brave", "\"Brave\"", "\"Brave\";v=", "\"Brave\";v=\"1", "Brave;v=1"})
    EXPECT_EQ(brand_of(broken).name, "") << broken;
}

TEST(ClientHints, KnowBetterThanTheUserAgent) {
  const store::Hit brave =
      with(on("Chrome", "Windows"), {.brands = kBraves, .platform = "Windows", .platform_version = "15.0.0"});
  EXPECT_EQ(brave.browser, "Brave");
  EXPECT_EQ(brave.browser_version, "146");
  EXPECT_EQ(brave.browser_major, 146);
  EXPECT_EQ(brave.os_version, "11");
  EXPECT_EQ(with(on("Chrome", "Windows"), {.brands = kChromes, .platform = "Windows", .platform_version = "10.0.0"})
                .os_version,
            "10");
  EXPECT_EQ(
      with(on("Chrome", "macOS"), {.brands = kChromes, .platform = "macOS", .platform_version = "15.1.2"}).os_version,
      "15.1");
  EXPECT_EQ(with(on("Instagram", "Android"), {.brands = R"("Android WebView";v="146")", .platform = "Android"}).browser,
            "Instagram");
  const store::Hit tablet =
      with(on("Chrome", "Linux"),
           {.brands = kChromes, .platform = "Android", .platform_version = "14.0.0", .mobile = false});
  EXPECT_EQ(tablet.os, "Android");
  EXPECT_EQ(tablet.os_version, "14");
  EXPECT_EQ(tablet.device, store::Device::tablet) << "it asked for desktop pages";
  EXPECT_EQ(with(on("Safari", "macOS"), {}).browser, "Safari");
}

TEST(ClientHints, MayContradictTheUserAgent) {
  EXPECT_TRUE(contradict(on("Chrome", "macOS"), {.brands = kChromes, .platform = "Windows"}));
  EXPECT_TRUE(contradict(on("Firefox", "Windows"), {.brands = kChromes}));
  EXPECT_FALSE(contradict(on("Chrome", "Windows"), {.brands = kChromes, .platform = "Windows"}));
  EXPECT_FALSE(contradict(on("Chrome", "Linux"), {.brands = kChromes, .platform = "Android"})) << "desktop pages";
  EXPECT_FALSE(contradict(on("Chrome", "Ubuntu"), {.brands = kChromes, .platform = "Linux"}));
  EXPECT_FALSE(contradict(on("Chrome", "macOS"), {}));
}

TEST(ClientHints, APadIsKnownByItsScreen) {
  const auto screen = [](const char* browser, int width, int height) {
    store::Hit hit;
    enrich_client(hit, on(browser, "macOS"));
    enrich_screen(hit, "", 0, 0, width, height, {});
    return hit.device;
  };
  EXPECT_EQ(screen("Safari", 820, 1180), store::Device::tablet);
  EXPECT_EQ(screen("Safari", 744, 1133), store::Device::tablet);
  EXPECT_EQ(screen("Safari", 1032, 1376), store::Device::tablet);
  EXPECT_EQ(screen("Safari", 1440, 900), store::Device::desktop);
  EXPECT_EQ(screen("Safari", 743, 1133), store::Device::desktop);
  EXPECT_EQ(screen("Safari", 1033, 1377), store::Device::desktop);
  EXPECT_EQ(screen("Firefox", 820, 1180), store::Device::desktop);
}

}  // namespace
}  // namespace hk::ingest
