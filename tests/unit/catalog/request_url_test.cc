#include "catalog/request_url.h"

#include <gtest/gtest.h>

namespace orders::catalog {
namespace {

TEST(RequestUrl, HasTheCodeInItsPlace) {
  EXPECT_EQ(request_url("http://catalog:8080/api/products/{code}", "A-1"), "http://catalog:8080/api/products/A-1");
  EXPECT_EQ(request_url("https://catalog/{code}/stock?full=no", "mug"), "https://catalog/mug/stock?full=no");
  EXPECT_EQ(request_url("http://catalog/?code={code}&v=1", "mug"), "http://catalog/?code=mug&v=1");
}

TEST(RequestUrl, HasTheCodeBehindThePathWhereNoPlaceIsGiven) {
  EXPECT_EQ(request_url("http://catalog:8080/api/products", "mug"), "http://catalog:8080/api/products/mug");
  EXPECT_EQ(request_url("http://catalog:8080/api/products/", "mug"), "http://catalog:8080/api/products/mug");
  EXPECT_EQ(request_url("http://catalog", "mug"), "http://catalog/mug");
  EXPECT_EQ(request_url("http://catalog/products?v=1", "mug"), "http://catalog/products/mug?v=1");
}

TEST(RequestUrl, EncodesWhatWouldBeMoreThanACode) {
  EXPECT_EQ(request_url("http://catalog/{code}", "a/b?c#d&e%20 {code}"),
            "http://catalog/a%2Fb%3Fc%23d%26e%2520%20%7Bcode%7D");
  EXPECT_EQ(request_url("http://catalog/", "ß"), "http://catalog/%C3%9F");
  EXPECT_EQ(request_url("http://catalog/", "A-1._~z9"), "http://catalog/A-1._~z9");
}

}  // namespace
}  // namespace orders::catalog
