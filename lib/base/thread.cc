#include "base/thread.h"

#include <pthread.h>

namespace orders {

void name_thread(const char* name) { (void)pthread_setname_np(pthread_self(), name); }

}  // namespace orders
