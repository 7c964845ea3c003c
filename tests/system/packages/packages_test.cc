// The Debian packages, made of the binaries of this build by the rules by which scripts/package.sh makes what is
// shipped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <regex>
#include <sstream>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::minutes patience{8};

class Packages : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempFolder>("packages");
    const auto config = std::filesystem::path(BINARY_DIR).parent_path() / "CPackConfig.cmake";
    made_ = run({{"cpack", "--config", config, "-B", folder_->path(), "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip"},
                 {},
                 {},
                 {},
                 {}},
                {}, patience);
  }
  static void TearDownTestSuite() { folder_.reset(); }
  void SetUp() override { ASSERT_EQ(made_.exit_code, 0) << made_.text(); }

  [[nodiscard]] static std::string package(const std::string& name) {
    for (const auto& file : std::filesystem::directory_iterator(folder_->path())) {
      const auto found = file.path().filename().string();
      if (found.starts_with(name + "_") && found.ends_with(".deb")) return file.path();
    }
    throw std::runtime_error("cpack made no " + name + ": " + made_.text());
  }
  [[nodiscard]] static std::string field(const std::string& name, const std::string& of) {
    return run({{"dpkg-deb", "-f", package(name), of}, {}, {}, {}, {}}).out;
  }
  /// Lines of `tar -tv`, without folders.
  [[nodiscard]] static std::vector<std::string> files(const std::string& name) {
    std::istringstream listed(run({{"dpkg-deb", "-c", package(name)}, {}, {}, {}, {}}).out);
    std::vector<std::string> files;
    for (std::string line; std::getline(listed, line);) {
      if (!line.starts_with("d")) files.push_back(line);
    }
    return files;
  }

  static std::unique_ptr<TempFolder> folder_;
  static Output made_;
};

std::unique_ptr<TempFolder> Packages::folder_;
Output Packages::made_;

/// Each file is one of `expected`, and each of `expected` is there: regular expressions of permissions and path.
void expect_files(const std::vector<std::string>& files,
                  const std::vector<std::pair<std::string, std::string>>& expected) {
  std::vector<bool> found(expected.size());
  for (const auto& file : files) {
    bool known = false;
    for (std::size_t i = 0; i < expected.size() && !known; ++i) {
      known = std::regex_match(file, std::regex("-" + expected[i].first + " root/root .* \\./" + expected[i].second));
      if (known) found[i] = true;
    }
    EXPECT_TRUE(known) << "not expected: " << file;
  }
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(found[i]) << "missing: " << expected[i].second;
}

TEST_F(Packages, TheDaemonsHasTheDaemonAndWhatRunsIt) {
  expect_files(files("ordersd"),
               {{"rwxr-xr-x", "usr/sbin/ordersd"},
                {"rw-r--r--", "etc/orders/ordersd\\.yaml"},
                {"rw-r--r--", "usr/lib/systemd/system/ordersd@?\\.service"},
                {"rw-r--r--", "usr/lib/(sysusers|tmpfiles)\\.d/ordersd\\.conf"},
                {"rw-r--r--", "usr/share/ordersd/(grafana/ordersd\\.json|prometheus/ordersd\\.rules\\.yml)"},
                {"rw-r--r--", "usr/share/man/man[58]/ordersd.*\\.gz"},
                {"rw-r--r--", "usr/share/lintian/overrides/ordersd"},
                {"rw-r--r--", "usr/share/doc/ordersd/(copyright|changelog\\.gz|changelog\\.Debian\\.gz)"},
                {"rw-r--r--", "usr/share/doc/ordersd/(README\\.md|docs/.*|examples/.*)"}});
  EXPECT_THAT(field("ordersd", "Depends"), HasSubstr("librdkafka1"));
  EXPECT_THAT(field("ordersd", "Depends"), Not(HasSubstr("gtest")));
  EXPECT_EQ(run({{"dpkg-deb", "-I", package("ordersd"), "conffiles"}, {}, {}, {}, {}}).out,
            "/etc/orders/ordersd.yaml\n");
}

TEST_F(Packages, TheToolsHasTheToolItsManualsAndCompletions) {
  expect_files(files("ordersctl"), {{"rwxr-xr-x", "usr/bin/ordersctl"},
                                    {"rw-r--r--", "usr/share/man/man1/ordersctl.*\\.gz"},
                                    {"rw-r--r--", "usr/share/bash-completion/completions/ordersctl"},
                                    {"rw-r--r--", "usr/share/zsh/vendor-completions/_ordersctl"},
                                    {"rw-r--r--", "usr/share/fish/vendor_completions\\.d/ordersctl\\.fish"},
                                    {"rw-r--r--", "usr/share/lintian/overrides/ordersctl"},
                                    {"rw-r--r--", "usr/share/doc/ordersctl/(copyright|changelog\\.Debian\\.gz)"}});
  EXPECT_THAT(field("ordersctl", "Depends"), HasSubstr("librdkafka1"));
}

TEST_F(Packages, TheLibrariesHaveNoTestsInThem) {
  expect_files(files("liborders-dev"),
               {{"rw-r--r--", "usr/lib/[^/]*/liborders_[a-z]*\\.a"},
                {"rw-r--r--", "usr/lib/[^/]*/cmake/orders/orders[A-Za-z-]*\\.cmake"},
                {"rw-r--r--", "usr/lib/[^/]*/pkgconfig/orders\\.pc"},
                {"rw-r--r--", "usr/include/orders/[a-z]*/[a-z0-9_]*\\.h"},
                {"rw-r--r--", "usr/share/lintian/overrides/liborders-dev"},
                {"rw-r--r--", "usr/share/doc/liborders-dev/(copyright|changelog\\.Debian\\.gz)"}});
}

TEST_F(Packages, LintianHasNothingToSay) {
  const auto lint = run(
      {{"lintian", "--fail-on", "error,warning", package("ordersd"), package("ordersctl"), package("liborders-dev")},
       {},
       {},
       {},
       {}},
      {}, patience);
  EXPECT_EQ(lint.exit_code, 0) << lint.text();
}

TEST_F(Packages, AreInstalledUpgradedAndPurged) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const std::string replays = SOURCE_DIR "/tests/replays/";
  const auto lifecycle = run({{SOURCE_DIR "/tests/system/packages/lifecycle.sh", "copy", folder_->path(),
                               replays + "confirmed.ndjson", replays + "confirmed.expected.ndjson"},
                              {},
                              {},
                              {},
                              {}},
                             {}, patience);
  EXPECT_EQ(lifecycle.exit_code, 0) << lifecycle.text();
}

/// A program of somebody else, against the libraries as they are unpacked.
class Libraries : public Packages {
 protected:
  void SetUp() override {
    Packages::SetUp();
    const auto unpacked = run({{"dpkg-deb", "-x", package("liborders-dev"), root_.path()}, {}, {}, {}, {}});
    ASSERT_EQ(unpacked.exit_code, 0) << unpacked.text();
  }
  /// `commands` with the folders as $usr, $source and $build; then what the program says of a capture.
  [[nodiscard]] Output build(const std::string& commands) const {
    const auto built = run(
        {{"sh", "-ec", commands},
         {{"usr", root_ / "usr"}, {"source", SOURCE_DIR "/tests/system/packages/consumer"}, {"build", root_ / "build"}},
         {},
         {},
         {}},
        {}, patience);
    if (built.exit_code != 0) return built;
    return run({{root_ / "build/consumer"}, {}, {}, {}, {}}, slurp(SOURCE_DIR "/tests/replays/confirmed.ndjson"));
  }

  TempFolder root_{"consumer"};
};

TEST_F(Libraries, AreFoundByCMake) {
  const auto output = build("cmake -S $source -B $build -D CMAKE_PREFIX_PATH=$usr; cmake --build $build");
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_THAT(output.out, HasSubstr("\"CONFIRMED\""));
}

TEST_F(Libraries, AreFoundByPkgConfig) {
  const auto output = build(
      "export PKG_CONFIG_PATH=$(dirname $usr/lib/*/pkgconfig/orders.pc); mkdir $build;"
      "c++ -std=c++20 $source/main.cc $(pkg-config --cflags --libs orders) -o $build/consumer");
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_THAT(output.out, HasSubstr("\"CONFIRMED\""));
}

}  // namespace
}  // namespace orders::test
