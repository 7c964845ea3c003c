# What other programs may be built against: from reading a record to driving the whole join by hand, without a broker.
# `cmake --install build/release --component liborders-dev`; no part of the plain installation.
include(CMakePackageConfigHelpers)
set(published base config order kafka preflight rocks join failure topology replay)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/orders)

set(archives)
foreach(module ${published})
  set_target_properties(orders_${module} PROPERTIES EXPORT_NAME ${module})
  list(PREPEND archives -lorders_${module})
  install(DIRECTORY lib/${module} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/orders COMPONENT liborders-dev EXCLUDE_FROM_ALL
    FILES_MATCHING PATTERN *.h PATTERN failpoint.h EXCLUDE PATTERN pch.h EXCLUDE)
endforeach()
set_target_properties(orders_options PROPERTIES EXPORT_NAME options)
list(TRANSFORM published PREPEND orders_ OUTPUT_VARIABLE libraries)
# CMake refuses to generate when one of them uses a module that is not among them.
install(TARGETS orders_options ${libraries} EXPORT orders
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT liborders-dev EXCLUDE_FROM_ALL)
install(EXPORT orders NAMESPACE orders:: FILE ordersTargets.cmake DESTINATION ${package_folder}
  COMPONENT liborders-dev EXCLUDE_FROM_ALL)

configure_package_config_file(cmake/ordersConfig.cmake.in generated/ordersConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/generated/ordersConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/generated/ordersConfig.cmake ${PROJECT_BINARY_DIR}/generated/ordersConfigVersion.cmake
  DESTINATION ${package_folder} COMPONENT liborders-dev EXCLUDE_FROM_ALL)

list(JOIN archives " " archives)
file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/orders.pc.in generated/orders.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/generated/orders.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT liborders-dev EXCLUDE_FROM_ALL)
