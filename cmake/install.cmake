# Where Debian expects things: `cmake --install build/release --prefix /usr`.
# A component is a package (cmake/packages.cmake). What names none is the daemon's.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME ordersd)
install(TARGETS ordersctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ordersctl)
install(TARGETS ordersd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})

install(DIRECTORY man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ordersctl FILES_MATCHING PATTERN *.1)
install(FILES man/ordersd.yaml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES man/ordersd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(DIRECTORY etc/prometheus etc/grafana DESTINATION ${CMAKE_INSTALL_DATADIR}/ordersd)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(FILES completions/ordersctl.bash RENAME ordersctl COMPONENT ordersctl
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES completions/_ordersctl COMPONENT ordersctl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES completions/ordersctl.fish COMPONENT ordersctl DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install(FILES packaging/ordersd.sysusers.conf RENAME ordersd.conf DESTINATION lib/sysusers.d)
install(FILES packaging/ordersd.tmpfiles.conf RENAME ordersd.conf DESTINATION lib/tmpfiles.d)
install(FILES packaging/credentials.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

# The prefix may be given as late as at `cmake --install`. Below /usr the configuration belongs to /etc, and one that is
# there is somebody's and stays. The units name both places.
install(CODE "set(packaging \"${PROJECT_SOURCE_DIR}/packaging\")
set(example \"${PROJECT_SOURCE_DIR}/etc/ordersd.yaml\")
set(etc \"${CMAKE_INSTALL_SYSCONFDIR}\")
set(sbin \"${CMAKE_INSTALL_SBINDIR}\")")
install(CODE [[
if(NOT IS_ABSOLUTE "${etc}")
  if(CMAKE_INSTALL_PREFIX MATCHES "^/(usr)?/?$")
    set(etc "/${etc}")
  else()
    set(etc "${CMAKE_INSTALL_PREFIX}/${etc}")
  endif()
endif()
if(NOT IS_ABSOLUTE "${sbin}")
  set(sbin "${CMAKE_INSTALL_PREFIX}/${sbin}")
endif()
if(EXISTS "$ENV{DESTDIR}${etc}/orders/ordersd.yaml")
  message(STATUS "Kept: $ENV{DESTDIR}${etc}/orders/ordersd.yaml")
else()
  file(INSTALL DESTINATION "${etc}/orders" TYPE FILE FILES "${example}")
endif()
foreach(unit ordersd.service ordersd@.service)
  file(READ "${packaging}/${unit}" text)
  string(REPLACE "/usr/sbin/" "${sbin}/" text "${text}")
  string(REPLACE "/etc/orders/" "${etc}/orders/" text "${text}")
  set(written "${CMAKE_CURRENT_LIST_DIR}/${unit}")
  file(WRITE "${written}" "${text}")
  file(INSTALL DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system" TYPE FILE FILES "${written}")
endforeach()
]])
