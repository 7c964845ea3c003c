# cmake -D BUILD=build/dev -P installed_files.cmake: installs into an empty folder and compares what is there.
set(root "${BUILD}/tests/installed")

function(install_below prefix)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env "DESTDIR=${root}" ${CMAKE_COMMAND} --install "${BUILD}" --prefix ${prefix}
                  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "cmake --install --prefix ${prefix} failed:\n${output}")
  endif()
endfunction()

function(expect_files)
  file(GLOB_RECURSE found RELATIVE "${root}" "${root}/*")
  list(FILTER found EXCLUDE REGEX "/doc/ordersd/docs/")
  list(SORT found)
  set(expected ${ARGN})
  list(SORT expected)
  if(NOT found STREQUAL expected)
    list(JOIN found "\n  " found)
    list(JOIN expected "\n  " expected)
    message(FATAL_ERROR "installed:\n  ${found}\nexpected:\n  ${expected}")
  endif()
endfunction()

function(expect_in file text)
  file(READ "${root}/${file}" content)
  string(FIND "${content}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${file} lacks: ${text}")
  endif()
endfunction()

set(below_prefix
  bin/ordersctl sbin/ordersd
  lib/systemd/system/ordersd.service lib/sysusers.d/ordersd.conf
  share/man/man1/ordersctl.1 share/man/man5/ordersd.yaml.5 share/man/man8/ordersd.8
  share/bash-completion/completions/ordersctl share/zsh/vendor-completions/_ordersctl
  share/fish/vendor_completions.d/ordersctl.fish
  share/doc/ordersd/README.md share/doc/ordersd/CHANGELOG.md share/doc/ordersd/LICENSE)

file(REMOVE_RECURSE "${root}")
install_below(/usr)
list(TRANSFORM below_prefix PREPEND usr/ OUTPUT_VARIABLE files)
expect_files(${files} etc/orders/ordersd.yaml)
expect_in(usr/lib/systemd/system/ordersd.service "ExecStart=/usr/sbin/ordersd --config /etc/orders/ordersd.yaml")

# A configuration that is there is somebody's.
file(WRITE "${root}/etc/orders/ordersd.yaml" "instance_id: mine\n")
install_below(/usr)
expect_in(etc/orders/ordersd.yaml "instance_id: mine")

file(REMOVE_RECURSE "${root}")
install_below(/opt/orders)
list(TRANSFORM below_prefix PREPEND opt/orders/ OUTPUT_VARIABLE files)
expect_files(${files} opt/orders/etc/orders/ordersd.yaml)
expect_in(opt/orders/lib/systemd/system/ordersd.service
          "ExecStart=/opt/orders/sbin/ordersd --config /opt/orders/etc/orders/ordersd.yaml")

file(REMOVE_RECURSE "${root}")
