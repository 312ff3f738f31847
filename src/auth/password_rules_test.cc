#include "auth/password_rules.h"

#include <gtest/gtest.h>

#include "crypto/password.h"

namespace hk::auth {
namespace {

bool fits(std::string_view password) {
  const auto checked = check_new_password(password, "Ada.Lovelace@Example.com", "stats.example.org");
  if (!checked) EXPECT_EQ(checked.error().field, "password");
  return checked.has_value();
}

TEST(PasswordRules, LengthInCharactersAndBytes) {
  EXPECT_FALSE(fits("nine long"));
  EXPECT_TRUE(fits("nine longer"));
  EXPECT_TRUE(fits("äöüßäöüßäö")) << "ten characters";
  EXPECT_FALSE(fits("äöüßäöüßä"));
  std::string longest;
  while (longest.size() + 2 <= crypto::kMaxPasswordBytes) longest += "é";
  EXPECT_TRUE(fits(longest));
  EXPECT_FALSE(fits(longest + "é"));
}

TEST(PasswordRules, WhatEverybodyTypesIsRefused) {
  for (const auto* common : {"1234567890", "qwertyuiop", "Password123", "PASSWORD123", "password2026!", "!!dragon!!!!",
                             "iloveyou-12", "1q2w3e4r5t", "2026-letmein", "Monkey12345"}) {
    EXPECT_FALSE(fits(common)) << common;
  }
  for (const auto* own : {"demo-demo-demo", "correct horse", "correct horse battery staple", "2026-11-28 10:00",
                          "kMx83_pQ0z", "passwords are boring", "a better password"}) {
    EXPECT_TRUE(fits(own)) << own;
  }
}

TEST(PasswordRules, NorWhatStandsBesideIt) {
  for (const auto* near : {"ada.lovelace@example.com", "Ada.Lovelace", "ADA.LOVELACE1815", "example.com", "example2026",
                           "stats.example.org", "HitKeep2026", "hitkeep!!!"}) {
    EXPECT_FALSE(fits(near)) << near;
  }
  EXPECT_TRUE(fits("ada lovelace at example")) << "words of one's own between them";
  EXPECT_TRUE(check_new_password("0123-456-789", "", "")) << "nothing is beside an empty text";
}

}  // namespace
}  // namespace hk::auth
