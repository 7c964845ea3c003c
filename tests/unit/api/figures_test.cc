// What the status page shows of figures, how its template is filled, and its history.
#include "api/page/figures.h"

#include <gtest/gtest.h>

#include "api/page/fill.h"
#include "api/page/history.h"

namespace orders::api::page {
namespace {

const Json document = Json::parse(R"({"state":"catching_up","empty":"","none":null,"at":"2023-11-14T22:13:20.123Z",
  "yes":true,"no":false,"list":[{"n":1,"name":"a"},{"n":20,"name":"b"}],"gap":[{"n":1},{"n":null}],"nothing":[],
  "small":7,"big":-1234567})");

std::string text(std::string_view paths, std::string_view format) {
  return figure({document}, document, paths, format).text;
}
std::string is(std::string_view paths, std::string_view format) {
  return figure({document}, document, paths, format).is;
}

TEST(Figures, AreAddedUpWhereSeveralAreKnown) {
  EXPECT_EQ(sum_of(document, document, "/list/*/n"), 21);
  EXPECT_EQ(sum_of(document, document, "/list/*/n /small"), 28);
  EXPECT_EQ(sum_of(document, document["list"][1], "n /small"), 27) << "the first from the element on";
  EXPECT_EQ(sum_of(document, document, "/small /absent /absent/below /small/below"), 7);
  for (const char* unknown : {"/gap/*/n", "/small /none", "/nothing/*/n", "/absent", "/state", "/*/n"}) {
    EXPECT_EQ(sum_of(document, document, unknown), std::nullopt) << unknown;
  }
}

TEST(Figures, AreTextForPeople) {
  EXPECT_EQ(text("/big", "count"), "-1,234,567");
  EXPECT_EQ(text("/small", "count"), "7");
  EXPECT_EQ(text("/none", "count"), "–");
  EXPECT_EQ(text("/state", "text"), "catching_up");
  EXPECT_EQ(text("/state", "state"), "catching up");
  EXPECT_EQ(is("/state", "state"), "catching_up");
  EXPECT_EQ(text("/at", "time"), "2023-11-14 22:13:20");
  for (const char* unknown : {"/empty", "/none", "/absent", "/small"}) EXPECT_EQ(text(unknown, "text"), "–") << unknown;
  EXPECT_EQ(is("/yes", "holds"), "holds");
  EXPECT_EQ(text("/no", "holds"), "does not hold");
  EXPECT_EQ(is("/no", "holds"), "broken");
}

TEST(Figures, AreDurationsInAFewDigits) {
  const auto shown = [](std::int64_t value, std::string_view format) {
    return figure({Json{{"n", value}}}, Json{{"n", value}}, "n", format).text;
  };
  EXPECT_EQ(shown(0, "ms"), "0 ms");
  EXPECT_EQ(shown(9'999, "ms"), "9,999 ms");
  EXPECT_EQ(shown(10'000, "ms"), "10.0 s");
  EXPECT_EQ(shown(720'000, "ms"), "12 min");
  EXPECT_EQ(shown(9'000'000, "ms"), "2.5 h");
  EXPECT_EQ(shown(3'661, "uptime"), "01:01:01");
  EXPECT_EQ(shown(86'400 * 12 + 5, "uptime"), "12 d 00:00:05");
}

TEST(Figures, HaveRatesOnceTwoMomentsAreKnown) {
  const auto rate = [](std::int64_t before, std::int64_t now, double seconds) {
    const Json earlier{{"n", before}}, later{{"n", now}};
    const Documents documents{later, &earlier, seconds};
    return figure(documents, later, "/n", "rate").text + " " + figure(documents, later, "/n", "flow").is;
  };
  EXPECT_EQ(rate(10, 20, 4), "2.5/s flowing");
  EXPECT_EQ(rate(10, 10'010, 4), "2,500/s flowing");
  EXPECT_EQ(rate(10, 10, 4), "0/s still");
  EXPECT_EQ(rate(10, 9, 4), "– still") << "counted anew";
  EXPECT_EQ(rate(10, 20, 0), "– still");
  EXPECT_EQ(text("/small", "rate"), "–");
}

TEST(Template, IsFilledByItsMarks) {
  const auto filled = [](std::string_view html) { return fill(html, {document}); };
  EXPECT_EQ(filled(R"(<b class="x" data-v="/state" data-as="state"></b> and)"),
            R"(<b class="x" data-v="/state" data-as="state" data-is="catching_up">catching up</b> and)");
  EXPECT_EQ(filled(R"(<b data-fix="/small" data-as="count"></b>)"), R"(<b data-fix="/small" data-as="count">7</b>)");
  EXPECT_EQ(filled("no mark"), "no mark");
}

TEST(Template, HidesWhatHasNothingToSay) {
  const auto hidden = [](std::string_view paths) {
    const auto html = "<p data-if=\"" + std::string(paths) + "\">";
    return fill(html, {document}) == "<p data-if=\"" + std::string(paths) + "\" hidden>";
  };
  for (const char* nothing : {"/none", "/empty", "/nothing", "/absent", "/no", "/none /empty"}) {
    EXPECT_TRUE(hidden(nothing)) << nothing;
  }
  for (const char* something : {"/small", "/list", "/state", "/yes", "/none /small"}) {
    EXPECT_FALSE(hidden(something)) << something;
  }
}

TEST(Template, IsRepeatedForEachElementAlsoWithinAnother) {
  const Json nested = Json::parse(R"({"outer":[{"name":"<a>","inner":[1,2]},{"name":"b","inner":[]}]})");
  const std::string inner = R"(<template><i data-v="." data-as="count"></i></template>)";
  const std::string outer =
      R"(<template><b data-v="name" data-as="text"></b><u data-each="inner">)" + inner + "</u></template>";
  EXPECT_EQ(fill("<p data-each=\"/outer\">" + outer + "</p>.", {nested}),
            "<p data-each=\"/outer\">" + outer +
                R"(<b data-v="name" data-as="text">&lt;a&gt;</b><u data-each="inner">)" + inner +
                R"(<i data-v="." data-as="count">1</i><i data-v="." data-as="count">2</i></u>)" +
                R"(<b data-v="name" data-as="text">b</b><u data-each="inner">)" + inner + "</u></p>.");
  EXPECT_EQ(fill("<p data-each=\"/absent\">" + inner + "</p>", {nested}), "<p data-each=\"/absent\">" + inner + "</p>");
}

std::string status(int results) {
  return R"({"join":{"fates":{"results":)" + std::to_string(results) +
         R"(},"latency":null,"workers":[]},"views":{"table":{"lag":5},"database":null}})";
}

TEST(History, KeepsTenMinutes) {
  History history;
  EXPECT_EQ(history.json(), "[]");
  EXPECT_FALSE(history.past());
  history.add(status(1), from_millis(1'000));
  history.add(status(2), from_millis(6'000));
  EXPECT_EQ(history.json(), "[[1000,1,null,null,null,5,null],[6000,2,null,null,null,5,null]]");
  history.add(status(3), from_millis(601'001));
  EXPECT_EQ(history.json(), "[[6000,2,null,null,null,5,null],[601001,3,null,null,null,5,null]]");
  history.add(status(4), from_millis(7'000));
  EXPECT_EQ(history.json(), "[[6000,2,null,null,null,5,null],[7000,4,null,null,null,5,null]]")
      << "the clock was set back";
}

TEST(History, HasTheLastStatusButOneForRates) {
  History history;
  for (const int n : {1, 2, 3}) {
    history.add(status(n), from_millis(n));
    EXPECT_EQ(history.past()->at, from_millis(n == 3 ? 2 : 1));
  }
  EXPECT_EQ(history.past()->status, status(2));
}

}  // namespace
}  // namespace orders::api::page
