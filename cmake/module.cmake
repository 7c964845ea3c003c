# What every target of the project is compiled with.
add_library(orders_options INTERFACE)
target_compile_features(orders_options INTERFACE cxx_std_20)
target_compile_options(orders_options INTERFACE
  "$<BUILD_INTERFACE:-Wall;-Wextra;-Wpedantic;$<$<BOOL:${ORDERS_WERROR}>:-Werror>>")
target_include_directories(orders_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/lib> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/orders>)
target_link_libraries(orders_options INTERFACE Threads::Threads)

# One module of lib/: a static library orders_<name> of the folder's *.cc files.
#   orders_module(join USES base order rocks)
#   orders_module(kafka USES base config LIBRARIES PkgConfig::rdkafka)   LIBRARIES stay private to the module
function(orders_module name)
  cmake_parse_arguments(arg "" "" "USES;LIBRARIES;SOURCES" ${ARGN})
  if(NOT arg_SOURCES)
    file(GLOB arg_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  endif()
  set(target orders_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  list(TRANSFORM arg_USES PREPEND orders_)
  target_link_libraries(${target} PUBLIC orders_options ${arg_USES} PRIVATE ${arg_LIBRARIES})
  if(NOT name STREQUAL base)
    target_precompile_headers(${target} REUSE_FROM orders_base)
  endif()
endfunction()
