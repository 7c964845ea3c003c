# Called by cpack with the packages' folders as they were installed: what Debian wants besides.
# With SOURCE_DATE_EPOCH in the environment the same tree gives the same packages.
set(here ${CMAKE_CURRENT_LIST_DIR})
set(date -u -R)
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  list(APPEND date -d @$ENV{SOURCE_DATE_EPOCH})
endif()

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(output "${output}" PARENT_SCOPE)
endfunction()

set(ENV{LC_ALL} C)
run(date ${date})
run(awk -v version=${CPACK_PACKAGE_VERSION} -v release=${CPACK_DEBIAN_PACKAGE_RELEASE} -v contact=${CPACK_PACKAGE_CONTACT}
  -v date=${output} -f ${here}/changelog.awk ${CPACK_ORDERS_SOURCE_DIR}/CHANGELOG.md)
set(changelog "${output}\n")

foreach(package ${CPACK_COMPONENTS_ALL})
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${package}/usr)
  set(doc ${root}/share/doc/${package})
  file(COPY ${here}/copyright DESTINATION ${doc})
  file(WRITE ${doc}/changelog.Debian "${changelog}")
  configure_file(${here}/lintian-overrides ${root}/share/lintian/overrides/${package} COPYONLY)
  if(EXISTS ${doc}/CHANGELOG.md)
    file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)
    file(REMOVE ${doc}/LICENSE)  # the copyright file names it
  endif()
  file(GLOB texts ${doc}/changelog* ${root}/share/man/man*/*)
  run(gzip -9nf ${texts})
  file(GLOB_RECURSE archives ${root}/lib/*.a)
  if(archives)
    run(strip --strip-debug --remove-section=.comment --enable-deterministic-archives ${archives})
  endif()
endforeach()
