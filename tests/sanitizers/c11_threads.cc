// C11's threads and locks by those of POSIX. ThreadSanitizer of gcc 12 knows only the latter; glibc's own C11 functions
// go around what it intercepts, so that it would neither know librdkafka's threads, and crash in them, nor see its locks.
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t), "as in glibc");

namespace {

pthread_mutex_t* posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

int result(int error) {
  if (error == 0) return thrd_success;
  if (error == ENOMEM) return thrd_nomem;
  if (error == ETIMEDOUT) return thrd_timedout;
  return error == EBUSY ? thrd_busy : thrd_error;
}

using Start = std::pair<thrd_start_t, void*>;

void* run(void* argument) {
  const std::unique_ptr<Start> start(static_cast<Start*>(argument));
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(start->first(start->second)));
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto start = std::make_unique<Start>(function, argument);
  const int error = pthread_create(thread, nullptr, run, start.get());
  if (error == 0) (void)start.release();
  return result(error);
}
int thrd_join(thrd_t thread, int* code) {
  void* value = nullptr;
  const int error = pthread_join(thread, &value);
  if (error == 0 && code != nullptr) *code = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
  return result(error);
}
int thrd_detach(thrd_t thread) { return result(pthread_detach(thread)); }

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes,
                            (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
  const int error = pthread_mutex_init(posix(mutex), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return result(error);
}
void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(posix(mutex)); }
int mtx_lock(mtx_t* mutex) { return result(pthread_mutex_lock(posix(mutex))); }
int mtx_trylock(mtx_t* mutex) { return result(pthread_mutex_trylock(posix(mutex))); }
int mtx_unlock(mtx_t* mutex) { return result(pthread_mutex_unlock(posix(mutex))); }

int cnd_init(cnd_t* condition) { return result(pthread_cond_init(posix(condition), nullptr)); }
void cnd_destroy(cnd_t* condition) { pthread_cond_destroy(posix(condition)); }
int cnd_signal(cnd_t* condition) { return result(pthread_cond_signal(posix(condition))); }
int cnd_broadcast(cnd_t* condition) { return result(pthread_cond_broadcast(posix(condition))); }
int cnd_wait(cnd_t* condition, mtx_t* mutex) { return result(pthread_cond_wait(posix(condition), posix(mutex))); }
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return result(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}

}  // extern "C"
