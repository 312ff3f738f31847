#include "base/metrics.h"

#include <gtest/gtest.h>

#include <thread>

namespace hk::metrics {
namespace {

TEST(Metrics, RendersFamiliesWithHelpTypeAndEscapedLabels) {
  Registry registry;
  registry.counter("hits_total", "Accepted\nhits \\ all", {{"reason", "a\"b\\c\nd"}}).add(2);
  registry.counter("hits_total", "ignored", {{"reason", "a\"b\\c\nd"}}).add();
  registry.gauge("lag_seconds", "Lag", [] { return 0.25; });
  EXPECT_EQ(registry.render(),
            "# HELP hits_total Accepted\\nhits \\\\ all\n"
            "# TYPE hits_total counter\n"
            "hits_total{reason=\"a\\\"b\\\\c\\nd\"} 3\n"
            "# HELP lag_seconds Lag\n"
            "# TYPE lag_seconds gauge\n"
            "lag_seconds 0.25\n");
}

TEST(Metrics, BucketsAreCumulativeAndBoundsIncluded) {
  Registry registry;
  Histogram& h = registry.histogram("t_seconds", "T", {0.1, 1}, {{"route", "/x"}});
  for (const double v : {0.05, 0.1, 0.5, 2.0}) h.observe(v);
  EXPECT_EQ(registry.render(),
            "# HELP t_seconds T\n"
            "# TYPE t_seconds histogram\n"
            "t_seconds_bucket{route=\"/x\",le=\"0.1\"} 2\n"
            "t_seconds_bucket{route=\"/x\",le=\"1\"} 3\n"
            "t_seconds_bucket{route=\"/x\",le=\"+Inf\"} 4\n"
            "t_seconds_sum{route=\"/x\"} 2.65\n"
            "t_seconds_count{route=\"/x\"} 4\n");
}

TEST(Metrics, CountsFromManyThreadsWhileRendering) {
  Registry registry;
  Counter& counter = registry.counter("n_total", "N");
  Histogram& histogram = registry.histogram("h", "H", {1});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 1000; ++k) {
          counter.add();
          histogram.observe(0.5);
        }
      });
    }
    for (int i = 0; i < 10; ++i) registry.render();
  }
  EXPECT_EQ(counter.value(), 4000u);
  EXPECT_NE(registry.render().find("h_count 4000"), std::string::npos);
}

}  // namespace
}  // namespace hk::metrics
