#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl.h"

namespace orders::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    found.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return found;
}

/// What bash offers for a line that ends at its last word.
std::vector<std::string> offered(const std::vector<std::string>& line) {
  std::string script = "source " SOURCE_DIR "/completions/ordersctl.bash; COMP_WORDS=(";
  for (const auto& word : line) script += "'" + word + "' ";
  script += "); COMP_CWORD=" + std::to_string(line.size() - 1);
  // compopt works only while readline completes.
  script += "; compopt() { :; }; _ordersctl; printf '%s\\n' \"${COMPREPLY[@]}\"";
  Command command;
  command.arguments = {"bash", "-c", script};
  command.folder = SOURCE_DIR "/completions";
  const auto output = run(command);
  EXPECT_EQ(output.err, "") << output.text();
  return words(output.out);
}

TEST(Completion, FilesAreWhatTheProgramPrints) {
  const Ctl ctl;
  const std::pair<const char*, const char*> files[] = {
      {"bash", "ordersctl.bash"}, {"zsh", "_ordersctl"}, {"fish", "ordersctl.fish"}};
  for (const auto& [shell, file] : files) {
    const auto script = ctl.run({"completion", shell});
    EXPECT_EQ(script.exit_code, 0);
    EXPECT_EQ(script.out, slurp(std::string(SOURCE_DIR "/completions/") + file))
        << "ordersctl completion " << shell << " >completions/" << file;
  }
}

TEST(Completion, OffersVerbsThenFlags) {
  EXPECT_THAT(offered({"ordersctl", ""}), AllOf(Contains("order"), Contains("simulate"), Contains("--config")));
  EXPECT_THAT(offered({"ordersctl", "st"}), ElementsAre("state", "status"));
  EXPECT_THAT(offered({"ordersctl", "order", ""}), AllOf(Contains("create"), Not(Contains("migrate"))));
  EXPECT_THAT(offered({"ordersctl", "order", "create", "--it"}), ElementsAre("--item"));
  EXPECT_THAT(offered({"ordersctl", "order", "create", "--conf"}), ElementsAre("--config"));
}

TEST(Completion, IsNotConfusedByFlagsAndTheirValues) {
  EXPECT_THAT(offered({"ordersctl", "--config", "order", "state", "g"}), ElementsAre("get"));
  EXPECT_THAT(offered({"ordersctl", "-q", "order", "get", "42", "--ver"}), ElementsAre("--verbose"));
}

TEST(Completion, OffersTheValuesOfFlags) {
  EXPECT_THAT(offered({"ordersctl", "--output", ""}), ElementsAre("table", "json", "ndjson"));
  EXPECT_THAT(offered({"ordersctl", "status", "--output", "=", "nd"}), ElementsAre("ndjson"));
  EXPECT_THAT(offered({"ordersctl", "--config", "ordersctl.b"}), ElementsAre("ordersctl.bash"));
}

TEST(Completion, OffersFilesWhereACommandTakesOne) {
  EXPECT_THAT(offered({"ordersctl", "replay", "local", "ordersctl.b"}), ElementsAre("ordersctl.bash"));
  EXPECT_THAT(offered({"ordersctl", "replay", "local", "--ex"}), ElementsAre("--expect"));
}

}  // namespace
}  // namespace orders::test
