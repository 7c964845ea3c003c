#include "base/priority.h"

#include <sys/resource.h>

namespace orders {

// Linux: of the calling thread alone. Lowering needs no rights; if it is refused all the same, nothing is lost.
void step_back() { (void)setpriority(PRIO_PROCESS, 0, 10); }

}  // namespace orders
