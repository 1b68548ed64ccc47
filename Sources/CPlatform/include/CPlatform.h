#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <stddef.h>
#include <stdint.h>

// The system calls Swift cannot make by itself: recvmmsg and sendmmsg need arrays of nested pointers, control messages
// are read by macros, epoll_pwait2 and prctl are variadic or missing from the Glibc overlay.
// Every function returns a count, a descriptor or 0, and -errno on failure.

#ifdef __cplusplus
extern "C" {
#endif

// An IPv4 (family 4, address in the first four bytes) or IPv6 (family 6) address and port; family 0: none.
typedef struct {
    uint64_t address[2]; // network order, as bytes
    uint32_t scope;
    uint16_t port; // host order
    uint16_t family;
} platform_endpoint;

// One datagram to receive into or to send from. The bytes belong to the caller.
typedef struct {
    void *bytes;
    uint32_t length;   // in: bytes to send; out: bytes received
    uint32_t capacity; // receiving: room at `bytes`
    platform_endpoint endpoint;
    int64_t timestamp; // receiving: kernel's receive time on the monotonic clock, ns
    // The address of this host that was spoken to (a socket on all addresses), or that is to speak; family 0: not told.
    platform_endpoint local;
} platform_datagram;

enum { PLATFORM_BATCH = 64 };
// Nanoseconds that a datagram is believed to have waited in the kernel at most: an hour is how long a node may be
// paused.
#define PLATFORM_LONGEST_WAIT 3600000000000LL
// When a datagram came, on the monotonic clock: from the wall clock's `stamp`, the distance between the clocks now and
// the one from before the wall clock last stepped. Never in the future, nor longer ago than PLATFORM_LONGEST_WAIT.
int64_t platform_arrival(int64_t stamp, int64_t monotonic, int64_t shift, int64_t earlier);

// The monotonic clock plus the offset, which is 0 until set.
int64_t platform_monotonic(void);
int64_t platform_clock_offset(void);
void platform_set_clock_offset(int64_t nanoseconds);

int platform_resolve(const char *host, uint16_t port, platform_endpoint *endpoint);
int platform_endpoint_text(const platform_endpoint *endpoint, char *text, int capacity);

int platform_udp_open(const platform_endpoint *local, int receive_bytes, int send_bytes, platform_endpoint *bound);
// Datagrams the kernel threw away since the socket was opened, for want of room in its buffer (what SO_RXQ_OVFL
// counts).
int64_t platform_receive_drops(int descriptor);
// As many descriptors as the system allows this process (its hard limit).
void platform_raise_descriptor_limit(void);
int platform_receive(int descriptor, platform_datagram *datagrams, int count);
// merge: neighbours of one length to one place are handed over as one (UDP_SEGMENT) where four or more are to be sent;
// the kernel takes them apart again. They arrive as separate datagrams, for a third of the cost.
int platform_send(int descriptor, const platform_datagram *datagrams, int count, int merge);

// The yardstick of the relay's benchmark: receives and sends on, nothing else, until `deadline` on the monotonic clock.
// Returns how many datagrams it sent.
int64_t platform_forward_bare(int from, int to, const platform_endpoint *destination, int64_t deadline);

int platform_tcp_listen(const platform_endpoint *local);
int platform_tcp_connect(const platform_endpoint *remote);
int platform_tcp_accept(int descriptor);

// A device of that name whose IP packets are read from and written to the descriptor, one a call, without waiting; made
// where there is none, gone with the descriptor. It may be moved into another network namespace.
int platform_tunnel_open(const char *name);

int platform_epoll_open(void);
int platform_epoll_set(int epoll, int descriptor, uint64_t token, int readable, int writable);
int platform_epoll_remove(int epoll, int descriptor);
// timeout < 0: for ever. Tokens of ready descriptors are written to `tokens`.
int platform_epoll_wait(int epoll, uint64_t *tokens, int capacity, int64_t timeout_nanoseconds);

// The calling thread before all ordinary ones (first: round robin, priority 1), or the most favoured of them; threads
// it starts later stay ordinary.
int platform_keep_time(int first);

// A descriptor that becomes readable when one of SIGINT, SIGTERM or SIGHUP arrives; the signals no longer kill.
int platform_termination_descriptor(void);
// The signal number waiting there.
int platform_termination_signal(int descriptor);

// A pipe that no program started meanwhile inherits: the end to read from, then the one to write to.
int platform_pipe(int ends[2]);

// This process ends when its parent dies; 1 when the parent `expected` (0: whichever it is now) is already gone.
// `outright`: by SIGKILL, even while stopped, as soon as the *thread* that started it ends, which must then be the
// parent's main one.
int platform_die_with_parent(int outright, int expected);
// Takes the ends of children that are not among `own`: orphans handed to process 1. Returns how many.
int platform_reap_foreign(const int *own, int count);
// Wake-ups on time: the default slack of 50 microseconds is what makes timers late.
int platform_timer_slack(unsigned long nanoseconds);
int64_t platform_process_time(void);
int64_t platform_thread_time(void);

// Starts a detached thread, with `stack` bytes or the system's choice (0); 0, or -errno where there is none.
int platform_start_thread(size_t stack, void *(*run)(void *), void *context);
// The calling thread's name in the system's lists: the first 15 bytes.
void platform_name_thread(const char *name);

// Anonymous pages that cost memory only once touched.
void *platform_pages(size_t bytes);
void platform_free_pages(void *pages, size_t bytes);
// Gives free pages of the heap back to the system.
void platform_trim_heap(void);

// The working folder of a program that posix_spawn starts; `actions` is its posix_spawn_file_actions_t. 0 or an error's
// number. Glibc declares it to programs that ask for its extensions only.
int platform_spawn_folder(void *actions, const char *folder);

#ifdef __cplusplus
}
#endif
#endif
