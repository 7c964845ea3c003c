# Debian packages of the three components: scripts/package.sh, or `cpack --config build/release/CPackConfig.cmake`.
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL ordersd ordersctl liborders-dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_NAME ordersd)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The ordersd authors <ordersd@ordersd.invalid>" CACHE STRING
  "Who answers for the packages: Name <address>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # it would go before each package's own
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/deb/finish.cmake)
set(CPACK_ORDERS_SOURCE_DIR ${PROJECT_SOURCE_DIR})  # for finish.cmake

# The programs' symbols go into packages of their own.
set(CPACK_DEBIAN_ORDERSD_DEBUGINFO_PACKAGE ON)
set(CPACK_DEBIAN_ORDERSCTL_DEBUGINFO_PACKAGE ON)

set(deb ${PROJECT_SOURCE_DIR}/packaging/deb)
set(CPACK_DEBIAN_ORDERSD_PACKAGE_NAME ordersd)
set(CPACK_DEBIAN_ORDERSD_PACKAGE_SECTION net)
set(CPACK_DEBIAN_ORDERSD_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ORDERSD_PACKAGE_DEPENDS
  "systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
set(CPACK_DEBIAN_ORDERSD_PACKAGE_RECOMMENDS ordersctl)
set(CPACK_DEBIAN_ORDERSD_PACKAGE_SUGGESTS postgresql)
set(CPACK_DEBIAN_ORDERSD_PACKAGE_CONTROL_EXTRA ${deb}/conffiles ${deb}/postinst ${deb}/prerm ${deb}/postrm)
set(CPACK_DEBIAN_ORDERSD_DESCRIPTION "daemon for the order saga on Kafka: joins payment and stock answers
ordersd reads the answers of the payment and inventory services from two
Kafka topics, joins them by order id within a time window, decides each
order's final status and publishes it, exactly once.

It keeps two views of the orders, a table in RocksDB and rows in
PostgreSQL, and takes new orders over a Unix socket or HTTPS.")

set(CPACK_DEBIAN_ORDERSCTL_PACKAGE_NAME ordersctl)
set(CPACK_DEBIAN_ORDERSCTL_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_ORDERSCTL_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ORDERSCTL_PACKAGE_SUGGESTS ordersd)
set(CPACK_DEBIAN_ORDERSCTL_DESCRIPTION "tool for ordersd, the order saga on Kafka
ordersctl creates and traces orders, makes and checks topics and the
database's schema, looks into state and joins, captures and replays topics,
drains dead letters, and finds out what is wrong with an installation of
ordersd, on this machine or on another one.")

set(CPACK_DEBIAN_LIBORDERS-DEV_PACKAGE_NAME liborders-dev)
set(CPACK_DEBIAN_LIBORDERS-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBORDERS-DEV_PACKAGE_DEPENDS "libexpected-dev, librdkafka-dev, librocksdb-dev, libsimdjson-dev, \
libspdlog-dev, libsystemd-dev, libyaml-cpp-dev, nlohmann-json3-dev, pkgconf")
set(CPACK_DEBIAN_LIBORDERS-DEV_DESCRIPTION "order saga on Kafka (static libraries and headers)
The parts of ordersd for programs and tests of your own: orders and their
JSON, the join, captures, and the whole topology driven by hand without a
broker. For CMake (find_package(orders)) and pkg-config (orders).")

include(CPack)
