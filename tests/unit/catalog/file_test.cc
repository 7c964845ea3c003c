#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "intake/intake.h"

namespace orders::intake {
namespace {

using testing::HasSubstr;

class CatalogFile : public testing::Test {
 protected:
  CatalogFile() { std::filesystem::create_directories(folder_); }
  ~CatalogFile() override { std::filesystem::remove_all(folder_); }

  Result<std::unique_ptr<Catalog>> open(std::string_view content) {
    const auto path = folder_ / "codes";
    std::ofstream(path) << content;
    return open_catalog({config::CatalogBackend::file, path.string()});
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("catalog_test." + std::to_string(::getpid()));
};

TEST_F(CatalogFile, HasOneCodeALineWithoutCommentsAndBlanks) {
  const auto catalog = open("# codes\nA-1\n  B 2 \t# the second\r\n\nC#3\r\nlast");
  ASSERT_TRUE(catalog) << catalog.error().text();
  for (const auto* code : {"A-1", "B 2", "C#3", "last"}) EXPECT_TRUE((*catalog)->contains(code).value()) << code;
  for (const auto* code : {"", "#", "a-1", "codes", "B 2 ", "C"})
    EXPECT_FALSE((*catalog)->contains(code).value()) << code;
}

TEST_F(CatalogFile, IsRefusedWhenItIsEmptyOrMissing) {
  const auto empty = open("# nothing\n\n");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().error_class, ErrorClass::invalid);
  const auto missing = open_catalog({config::CatalogBackend::file, (folder_ / "none").string()});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(missing.error().message, HasSubstr("none"));
  EXPECT_FALSE(open_catalog({config::CatalogBackend::file, ""}));
}

TEST(Catalog, IsNullForNoneAndRefusedForHttp) {
  const auto none = open_catalog({config::CatalogBackend::none, ""});
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, nullptr);
  const auto http = open_catalog({config::CatalogBackend::http, "http://localhost/"});
  ASSERT_FALSE(http);
  EXPECT_EQ(http.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(http.error().message, HasSubstr("not available in this version"));
}

}  // namespace
}  // namespace orders::intake
