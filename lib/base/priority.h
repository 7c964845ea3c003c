// Which threads go first when the machine is busy.
#pragma once

namespace orders {

/// The calling thread, and those that it starts from now on, leave the processors to the process's others while these
/// have work to do.
void step_back();

}  // namespace orders
