// jemalloc's settings, under the name by which it looks for them; MALLOC_CONF in the environment goes before them.
// Two arenas, for two are all that few cores need, and pages that are free for a second go back: the default keeps them
// for ten, which is a tenth more memory in a backlog.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:1000";
}
