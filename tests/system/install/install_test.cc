// `cmake --install` puts everything where Debian expects it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/installation.h"
#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {
namespace {

using testing::HasSubstr;

class Install : public testing::Test {
 protected:
  Output install(const std::string& prefix) const { return test::install(prefix, folder_.path()); }
  [[nodiscard]] std::filesystem::path at(const std::string& path) const { return folder_.path().string() + path; }

  TempFolder folder_{"install"};
};

TEST_F(Install, BelowUsrGoesWhereDebianExpectsIt) {
  const auto output = install("/usr");
  ASSERT_EQ(output.exit_code, 0) << output.text();
  for (const char* file :
       {"/usr/bin/ordersctl", "/usr/sbin/ordersd", "/etc/orders/ordersd.yaml",
        "/usr/lib/systemd/system/ordersd.service", "/usr/lib/systemd/system/ordersd@.service",
        "/usr/lib/sysusers.d/ordersd.conf", "/usr/lib/tmpfiles.d/ordersd.conf",
        "/usr/share/man/man1/ordersctl.1", "/usr/share/man/man1/ordersctl-order.1",
        "/usr/share/man/man5/ordersd.yaml.5", "/usr/share/man/man8/ordersd.8",
        "/usr/share/bash-completion/completions/ordersctl", "/usr/share/zsh/vendor-completions/_ordersctl",
        "/usr/share/fish/vendor_completions.d/ordersctl.fish", "/usr/share/ordersd/prometheus/ordersd.rules.yml",
        "/usr/share/ordersd/grafana/ordersd.json"}) {
    EXPECT_TRUE(std::filesystem::is_regular_file(at(file))) << file;
  }
  const auto version = run({{at("/usr/sbin/ordersd"), "--version"}, {}, {}, {}, {}});
  EXPECT_EQ(version.exit_code, 0) << version.text();
  const auto check =
      run({{at("/usr/sbin/ordersd"), "--config", at("/etc/orders/ordersd.yaml"), "--check"}, {}, {}, {}, {}});
  EXPECT_EQ(check.exit_code, 0) << check.text();
  EXPECT_THAT(slurp(at("/usr/lib/systemd/system/ordersd.service")), HasSubstr("/usr/sbin/ordersd"));
}

TEST_F(Install, AConfigurationThatIsThereStays) {
  std::filesystem::create_directories(at("/etc/orders"));
  write_file(at("/etc/orders/ordersd.yaml"), "application_id: mine\n");
  ASSERT_EQ(install("/usr").exit_code, 0);
  EXPECT_EQ(slurp(at("/etc/orders/ordersd.yaml")), "application_id: mine\n");
}

TEST_F(Install, TheManualPagesAreWellFormed) {
  ASSERT_EQ(install("/usr").exit_code, 0);
  int pages = 0;
  for (const auto& page : std::filesystem::recursive_directory_iterator(at("/usr/share/man"))) {
    if (!page.is_regular_file()) continue;
    const auto lint = run({{"mandoc", "-T", "lint", "-W", "warning", page.path()}, {}, {}, {}, {}});
    EXPECT_EQ(lint.exit_code, 0) << lint.text();
    ++pages;
  }
  EXPECT_GE(pages, 9);
}

TEST_F(Install, TheBashCompletionLoads) {
  const auto output = run({{"bash", "-n", SOURCE_DIR "/completions/ordersctl.bash"}, {}, {}, {}, {}});
  EXPECT_EQ(output.exit_code, 0) << output.text();
}

}  // namespace
}  // namespace orders::test
