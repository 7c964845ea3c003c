# A program that is shipped has no failpoints: not the variable that arms them, not one of their names.
file(STRINGS ${PROGRAM} found REGEX "ORDERSD_FAILPOINT|ORDERSD_WATCHDOG|unit\\.commit\\.before")
if(found)
  file(REMOVE ${PROGRAM})
  message(FATAL_ERROR "${PROGRAM} has failpoints: ${found}")
endif()
