#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog.h"
#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::catalog {
namespace {

using testing::HasSubstr;

config::Catalog in_file(const std::string& path) {
  config::Catalog config;
  config.backend = config::CatalogBackend::file;
  config.location = path;
  return config;
}

class CatalogFile : public testing::Test {
 protected:
  Result<std::unique_ptr<Catalog>> open(const std::string& content) {
    test::write_file(folder_ / "codes", content);
    return catalog::open(in_file(folder_ / "codes"));
  }
  static Standing standing(Catalog& catalog, const std::string& code) {
    const std::vector<std::string> codes = {code};
    return catalog.look_up(codes, {}).at(0).value();
  }

  const test::TempFolder folder_{"catalog"};
};

TEST_F(CatalogFile, HasOneCodeALineWithoutCommentsAndBlanks) {
  const auto catalog = open("# codes\nA-1\n  B 2 \t# the second\r\n\nC#3\r\nlast");
  ASSERT_TRUE(catalog) << catalog.error().text();
  for (const auto* code : {"A-1", "B 2", "C#3", "last"}) EXPECT_EQ(standing(**catalog, code), Standing::known) << code;
  for (const auto* code : {"", "#", "a-1", "codes", "B 2 ", "C"}) {
    EXPECT_EQ(standing(**catalog, code), Standing::unknown) << code;
  }
  EXPECT_FALSE((*catalog)->status()) << "it can't be away";
}

TEST_F(CatalogFile, IsRefusedWhenItIsEmptyOrMissing) {
  const auto empty = open("# nothing\n\n");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().error_class, ErrorClass::invalid);
  const auto missing = catalog::open(in_file(folder_ / "none"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(missing.error().message, HasSubstr("none"));
  EXPECT_FALSE(catalog::open(in_file("")));
}

TEST(Catalog, IsNullForNone) {
  const auto none = catalog::open(config::Catalog{});
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, nullptr);
}

}  // namespace
}  // namespace orders::catalog
