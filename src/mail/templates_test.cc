#include "mail/templates.h"

#include <gmock/gmock.h>

#include "base/testing/result.h"
#include "mail/testing/templates.h"

namespace hk::mail {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kMails = R"({"mails":[
  {"name":"hello","language":"en","subject":"Hello","text":"Dear {{who}},\n{{who}}!","html":"<b>{{ who }}</b>"},
  {"name":"hello","language":"de","subject":"Hallo","text":"Liebe {{who}}","html":"<i>{{who}}</i>"}]})";

TEST(Templates, FillsTheLanguageThatIsAskedFor) {
  const auto mail = testing::templates(kMails).fill("hello", "de", {{"who", "Ada"}});
  ASSERT_OK(mail);
  EXPECT_EQ(mail->name, "hello");
  EXPECT_EQ(mail->subject, "Hallo");
  EXPECT_EQ(mail->text, "Liebe Ada");
  EXPECT_EQ(mail->html, "<i>Ada</i>");
}

TEST(Templates, SpeaksEnglishWhereItDoesNotKnowTheLanguage) {
  const auto mail = testing::templates(kMails).fill("hello", "tlh", {{"who", "Ada"}});
  ASSERT_OK(mail);
  EXPECT_EQ(mail->text, "Dear Ada,\nAda!");
}

TEST(Templates, EscapesWhereItStandsInHtml) {
  const auto mail = testing::templates(kMails).fill("hello", "en", {{"who", R"(<a href="x">'&)"}});
  ASSERT_OK(mail);
  EXPECT_EQ(mail->html, "<b>&lt;a href=&quot;x&quot;&gt;&#39;&amp;</b>");
  EXPECT_THAT(mail->text, HasSubstr(R"(Dear <a href="x">'&,)"));
}

TEST(Templates, AValueIsNoTemplate) {
  const auto mail = testing::templates(kMails).fill("hello", "de", {{"who", "{{who}}"}});
  ASSERT_OK(mail);
  EXPECT_EQ(mail->text, "Liebe {{who}}");
}

TEST(Templates, SaysWhatIsMissing) {
  const auto templates = testing::templates(kMails);
  EXPECT_THAT(templates.fill("hello", "en", {}).error().message, HasSubstr("who"));
  EXPECT_THAT(templates.fill("bye", "en", {}).error().message, HasSubstr("bye"));
  EXPECT_FALSE(testing::templates(R"({"mails":[{"name":"x","language":"en","subject":"s","text":"{{a","html":"h"}]})")
                   .fill("x", "en", {{"a", "1"}}));
}

TEST(Templates, RefusesWhatTheBuildDidNotMake) {
  EXPECT_FALSE(Templates::unpack(""));
  EXPECT_FALSE(Templates::unpack("not brotli"));
  EXPECT_FALSE(Templates::unpack(testing::pack("[")));
  EXPECT_FALSE(Templates::unpack(testing::pack(R"({"mails":[{"name":"x"}]})")));
}

}  // namespace
}  // namespace hk::mail
