#define _GNU_SOURCE
#include "CPlatform.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <malloc.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sched.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Of Linux 4.18; older C libraries do not name it.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif

static int64_t clock_now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// Read from the record's thread as well as from the loop's.
static _Atomic int64_t clock_offset = 0;

int64_t platform_clock_offset(void) { return atomic_load_explicit(&clock_offset, memory_order_relaxed); }
void platform_set_clock_offset(int64_t nanoseconds) {
    atomic_store_explicit(&clock_offset, nanoseconds, memory_order_relaxed);
}
int64_t platform_monotonic(void) { return clock_now(CLOCK_MONOTONIC) + platform_clock_offset(); }
int64_t platform_process_time(void) { return clock_now(CLOCK_PROCESS_CPUTIME_ID); }
int64_t platform_thread_time(void) { return clock_now(CLOCK_THREAD_CPUTIME_ID); }

static socklen_t to_socket_address(const platform_endpoint *e, struct sockaddr_in6 *out) {
    if (e->family == 4) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)out;
        memset(v4, 0, sizeof *v4);
        v4->sin_family = AF_INET;
        v4->sin_port = htons(e->port);
        memcpy(&v4->sin_addr, e->address, 4);
        return sizeof *v4;
    }
    memset(out, 0, sizeof *out);
    out->sin6_family = AF_INET6;
    out->sin6_port = htons(e->port);
    out->sin6_scope_id = e->scope;
    memcpy(&out->sin6_addr, e->address, 16);
    return sizeof *out;
}

static void from_socket_address(const struct sockaddr_in6 *a, platform_endpoint *e) {
    e->address[0] = e->address[1] = 0;
    e->scope = 0;
    if (a->sin6_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
        memcpy(e->address, &v4->sin_addr, 4);
        e->port = ntohs(v4->sin_port);
        e->family = 4;
    } else if (a->sin6_family == AF_INET6) {
        memcpy(e->address, &a->sin6_addr, 16);
        e->port = ntohs(a->sin6_port);
        e->scope = a->sin6_scope_id;
        e->family = 6;
    } else {
        e->port = 0;
        e->family = 0;
    }
}

int platform_resolve(const char *host, uint16_t port, platform_endpoint *endpoint) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM}, *found = NULL;
    if (getaddrinfo(host, NULL, &hints, &found) != 0 || !found) return -EHOSTUNREACH;
    const struct addrinfo *chosen = found;
    for (const struct addrinfo *a = found; a; a = a->ai_next)
        if (a->ai_family == AF_INET) { chosen = a; break; }
    struct sockaddr_in6 address = {0};
    memcpy(&address, chosen->ai_addr, chosen->ai_addrlen < sizeof address ? chosen->ai_addrlen : sizeof address);
    freeaddrinfo(found);
    from_socket_address(&address, endpoint);
    endpoint->port = port;
    return 0;
}

int platform_endpoint_text(const platform_endpoint *e, char *text, int capacity) {
    char host[INET6_ADDRSTRLEN] = "?";
    inet_ntop(e->family == 4 ? AF_INET : AF_INET6, e->address, host, sizeof host);
    char zone[IF_NAMESIZE + 1] = "";
    if (e->family == 6 && e->scope) {
        zone[0] = '%';
        if (!if_indextoname(e->scope, zone + 1)) snprintf(zone + 1, IF_NAMESIZE, "%u", e->scope);
    }
    return snprintf(text, (size_t)capacity, e->family == 6 ? "[%s%s]:%u" : "%s%s:%u", host, zone, e->port);
}

int platform_udp_open(const platform_endpoint *local, int receive_bytes, int send_bytes, platform_endpoint *bound) {
    int fd = socket(local->family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    // The forced sizes need privileges; without them the plain ones are capped by net.core.*mem_max.
    if (receive_bytes > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_bytes, sizeof receive_bytes) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    if (send_bytes > 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send_bytes, sizeof send_bytes) < 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes);
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    // A socket on all addresses answers from the one that was spoken to, or the asker does not know the answer.
    if (local->address[0] == 0 && local->address[1] == 0) {
        if (local->family == 6) setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
        else setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    }
    struct sockaddr_in6 address;
    socklen_t length = to_socket_address(local, &address);
    if (bind(fd, (struct sockaddr *)&address, length) < 0) {
        int cause = errno;
        close(fd);
        return -cause;
    }
    length = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &length);
    from_socket_address(&address, bound);
    return fd;
}

// Of Linux 4.12; older C libraries do not name it.
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

int64_t platform_receive_drops(int fd) {
    // The kernel's SK_MEMINFO_* array; the ninth is sk_drops, the number that SO_RXQ_OVFL would attach to datagrams.
    uint32_t information[16] = {0};
    socklen_t length = sizeof information;
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, information, &length) < 0) return -errno;
    return length >= 9 * sizeof information[0] ? (int64_t)information[8] : -ENOTSUP;
}

void platform_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= limit.rlim_max) return;
    // Some systems say a thousand million: more than 2^20 no program of ours opens.
    limit.rlim_cur = limit.rlim_max < (1 << 20) ? limit.rlim_max : (1 << 20);
    setrlimit(RLIMIT_NOFILE, &limit);
}

// How far the monotonic clock is ahead of the wall clock, and how far it was before the wall clock last stepped.
static _Atomic int64_t shift_now = 0, shift_before = 0;

int64_t platform_arrival(int64_t stamp, int64_t monotonic, int64_t shift, int64_t earlier) {
    int64_t now = stamp + shift, before = stamp + earlier;
    // Stamped in the future means with another clock. Of two possible instants the later one is true: a wall clock that
    // was set forward makes what came before it look an hour old.
    int64_t best = now <= monotonic ? now : INT64_MIN;
    if (before <= monotonic && before > best) best = before;
    return best == INT64_MIN || best < monotonic - PLATFORM_LONGEST_WAIT ? monotonic : best;
}

static void note_shift(int64_t shift) {
    int64_t known = atomic_load_explicit(&shift_now, memory_order_relaxed);
    int64_t change = shift > known ? shift - known : known - shift;
    // A clock that is merely slewed moves by microseconds from one call to the next.
    if (known != 0 && change > 1000000) atomic_store_explicit(&shift_before, known, memory_order_relaxed);
    atomic_store_explicit(&shift_now, shift, memory_order_relaxed);
}

static void read_local(struct cmsghdr *c, platform_endpoint *local) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo information;
        memcpy(&information, CMSG_DATA(c), sizeof information);
        *local = (platform_endpoint){.family = 4};
        memcpy(local->address, &information.ipi_spec_dst, 4);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo information;
        memcpy(&information, CMSG_DATA(c), sizeof information);
        *local = (platform_endpoint){.family = 6, .scope = information.ipi6_ifindex};
        memcpy(local->address, &information.ipi6_addr, 16);
    }
}

// Fills a control area with the address to speak from; returns its length.
static size_t write_local(const platform_endpoint *local, struct cmsghdr *c) {
    if (local->family == 4) {
        struct in_pktinfo information = {0};
        memcpy(&information.ipi_spec_dst, local->address, 4);
        *c = (struct cmsghdr){.cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO,
                              .cmsg_len = CMSG_LEN(sizeof information)};
        memcpy(CMSG_DATA(c), &information, sizeof information);
        return CMSG_SPACE(sizeof information);
    }
    struct in6_pktinfo information = {.ipi6_ifindex = local->scope};
    memcpy(&information.ipi6_addr, local->address, 16);
    *c = (struct cmsghdr){.cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO,
                          .cmsg_len = CMSG_LEN(sizeof information)};
    memcpy(CMSG_DATA(c), &information, sizeof information);
    return CMSG_SPACE(sizeof information);
}

int platform_receive(int fd, platform_datagram *datagrams, int count) {
    if (count > PLATFORM_BATCH) count = PLATFORM_BATCH;
    struct mmsghdr messages[PLATFORM_BATCH];
    struct iovec vectors[PLATFORM_BATCH];
    struct sockaddr_in6 addresses[PLATFORM_BATCH];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } controls[PLATFORM_BATCH];
    for (int i = 0; i < count; i++) {
        vectors[i] = (struct iovec){datagrams[i].bytes, datagrams[i].capacity};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &addresses[i], .msg_namelen = sizeof addresses[i], .msg_iov = &vectors[i], .msg_iovlen = 1,
            .msg_control = &controls[i], .msg_controllen = sizeof controls[i]};
    }
    int received = recvmmsg(fd, messages, (unsigned)count, MSG_DONTWAIT, NULL);
    if (received < 0) return -errno;
    // The kernel stamps with the wall clock, whose distance to the monotonic clock is taken now; a step of the wall
    // clock between arrival and this line is undone by the distance from before the step.
    int64_t monotonic = platform_monotonic();
    int64_t offset = platform_clock_offset();
    int64_t shift = monotonic - offset - clock_now(CLOCK_REALTIME);
    note_shift(shift);
    int64_t earlier = atomic_load_explicit(&shift_before, memory_order_relaxed);
    if (earlier == 0) earlier = shift;
    for (int i = 0; i < received; i++) {
        platform_datagram *d = &datagrams[i];
        d->length = messages[i].msg_len;
        d->timestamp = monotonic;
        from_socket_address(&addresses[i], &d->endpoint);
        d->local.family = 0;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&messages[i].msg_hdr); c; c = CMSG_NXTHDR(&messages[i].msg_hdr, c)) {
            if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
                struct timespec t;
                memcpy(&t, CMSG_DATA(c), sizeof t);
                int64_t stamp = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
                d->timestamp = platform_arrival(stamp, monotonic, shift + offset, earlier + offset);
            } else {
                read_local(c, &d->local);
            }
        }
    }
    return received;
}

static int send_each(int fd, const platform_datagram *datagrams, int count) {
    struct mmsghdr messages[PLATFORM_BATCH];
    struct iovec vectors[PLATFORM_BATCH];
    struct sockaddr_in6 addresses[PLATFORM_BATCH];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } controls[PLATFORM_BATCH];
    for (int i = 0; i < count; i++) {
        vectors[i] = (struct iovec){datagrams[i].bytes, datagrams[i].length};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &addresses[i], .msg_namelen = to_socket_address(&datagrams[i].endpoint, &addresses[i]),
            .msg_iov = &vectors[i], .msg_iovlen = 1};
        if (datagrams[i].local.family == 0) continue;
        messages[i].msg_hdr.msg_control = &controls[i];
        messages[i].msg_hdr.msg_controllen = write_local(&datagrams[i].local, &controls[i].header);
    }
    int sent = sendmmsg(fd, messages, (unsigned)count, MSG_DONTWAIT);
    return sent < 0 ? -errno : sent;
}

static int same_endpoint(const platform_endpoint *a, const platform_endpoint *b) {
    return a->address[0] == b->address[0] && a->address[1] == b->address[1] && a->port == b->port
        && a->family == b->family && a->scope == b->scope;
}

// How many datagrams from the first go to one place in one length (the last may be shorter): what UDP_SEGMENT takes.
static int run_length(const platform_datagram *d, int count) {
    uint32_t length = d[0].length, total = length;
    if (length == 0 || length > 1452) return 1;
    int run = 1;
    while (run < count && d[run].length <= length && d[run].length > 0 && total + d[run].length <= 65000
           && same_endpoint(&d[0].endpoint, &d[run].endpoint)) {
        total += d[run++].length;
        if (d[run - 1].length < length) break;
    }
    return run;
}

int platform_send(int fd, const platform_datagram *datagrams, int count, int merge) {
    if (count > PLATFORM_BATCH) count = PLATFORM_BATCH;
    static _Atomic int cannot_merge = 0;
    for (int i = 0; i < count; i++)
        if (datagrams[i].local.family != 0) merge = 0;
    if (!merge || count < 4 || atomic_load_explicit(&cannot_merge, memory_order_relaxed))
        return send_each(fd, datagrams, count);
    struct mmsghdr messages[PLATFORM_BATCH];
    struct iovec vectors[PLATFORM_BATCH];
    struct sockaddr_in6 addresses[PLATFORM_BATCH];
    int held[PLATFORM_BATCH];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
    } controls[PLATFORM_BATCH];
    int made = 0;
    for (int first = 0; first < count; first += held[made++]) {
        int run = run_length(datagrams + first, count - first);
        held[made] = run;
        for (int i = first; i < first + run; i++) vectors[i] = (struct iovec){datagrams[i].bytes, datagrams[i].length};
        messages[made].msg_hdr = (struct msghdr){
            .msg_name = &addresses[made],
            .msg_namelen = to_socket_address(&datagrams[first].endpoint, &addresses[made]),
            .msg_iov = &vectors[first], .msg_iovlen = (size_t)run};
        if (run == 1) continue;
        messages[made].msg_hdr.msg_control = &controls[made];
        messages[made].msg_hdr.msg_controllen = sizeof controls[made];
        struct cmsghdr *c = &controls[made].header;
        c->cmsg_level = SOL_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        uint16_t size = (uint16_t)datagrams[first].length;
        memcpy(CMSG_DATA(c), &size, sizeof size);
    }
    int done = sendmmsg(fd, messages, (unsigned)made, MSG_DONTWAIT);
    if (done < 0) {
        // An interface or a path that takes no segments: one by one from now on.
        if (errno != EIO && errno != EINVAL && errno != EOPNOTSUPP && errno != EMSGSIZE) return -errno;
        atomic_store_explicit(&cannot_merge, 1, memory_order_relaxed);
        return send_each(fd, datagrams, count);
    }
    int sent = 0;
    for (int i = 0; i < done; i++) sent += held[i];
    return sent;
}

int64_t platform_forward_bare(int from, int to, const platform_endpoint *destination, int64_t deadline) {
    static char buffers[PLATFORM_BATCH][65536];
    struct mmsghdr messages[PLATFORM_BATCH];
    struct iovec vectors[PLATFORM_BATCH];
    struct sockaddr_in6 address;
    socklen_t length = to_socket_address(destination, &address);
    int64_t sent = 0;
    while (platform_monotonic() < deadline) {
        for (int i = 0; i < PLATFORM_BATCH; i++) {
            vectors[i] = (struct iovec){buffers[i], sizeof buffers[i]};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
        }
        int received = recvmmsg(from, messages, PLATFORM_BATCH, MSG_DONTWAIT, NULL);
        if (received <= 0) continue;
        for (int i = 0; i < received; i++) {
            vectors[i].iov_len = messages[i].msg_len;
            messages[i].msg_hdr = (struct msghdr){
                .msg_name = &address, .msg_namelen = length, .msg_iov = &vectors[i], .msg_iovlen = 1};
        }
        int done = sendmmsg(to, messages, (unsigned)received, MSG_DONTWAIT);
        if (done > 0) sent += done;
    }
    return sent;
}

int platform_tcp_listen(const platform_endpoint *local) {
    int fd = socket(local->family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in6 address;
    socklen_t length = to_socket_address(local, &address);
    if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 16) < 0) {
        int cause = errno;
        close(fd);
        return -cause;
    }
    return fd;
}

int platform_tcp_connect(const platform_endpoint *remote) {
    int fd = socket(remote->family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    struct sockaddr_in6 address;
    socklen_t length = to_socket_address(remote, &address);
    if (connect(fd, (struct sockaddr *)&address, length) < 0 && errno != EINPROGRESS) {
        int cause = errno;
        close(fd);
        return -cause;
    }
    return fd;
}

int platform_tcp_accept(int fd) {
    int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return accepted < 0 ? -errno : accepted;
}

int platform_epoll_open(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int platform_epoll_set(int epoll, int fd, uint64_t token, int readable, int writable) {
    struct epoll_event event = {.events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u), .data.u64 = token};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0) return 0;
    if (errno == EEXIST && epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
    return -errno;
}

int platform_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL) < 0 ? -errno : 0; }

int platform_epoll_wait(int epoll, uint64_t *tokens, int capacity, int64_t timeout) {
    struct epoll_event events[256];
    if (capacity > 256) capacity = 256;
    int ready;
    if (timeout == 0) {
        ready = epoll_wait(epoll, events, capacity, 0);
    } else if (timeout < 0) {
        ready = epoll_wait(epoll, events, capacity, -1);
    } else {
        // Kernels before 5.11 do not know it (ENOSYS), and containers of that time refuse what they do not know
        // (EPERM).
        static _Atomic int only_milliseconds = 0;
        ready = -1;
        if (!atomic_load_explicit(&only_milliseconds, memory_order_relaxed)) {
            struct timespec t = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
            ready = (int)syscall(SYS_epoll_pwait2, epoll, events, capacity, &t, NULL, (size_t)0);
            if (ready < 0 && (errno == ENOSYS || errno == EPERM))
                atomic_store_explicit(&only_milliseconds, 1, memory_order_relaxed);
        }
        // Milliseconds only: round down, the caller waits for the rest itself.
        if (ready < 0 && atomic_load_explicit(&only_milliseconds, memory_order_relaxed)) {
            int64_t milliseconds = timeout / 1000000;
            ready = epoll_wait(epoll, events, capacity, milliseconds > 1000000 ? 1000000 : (int)milliseconds);
        }
    }
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < ready; i++) tokens[i] = events[i].data.u64;
    return ready;
}

// A signalfd needs the signals blocked in every thread, and OpenBLAS starts its own before main: a handler and a pipe
// work whichever thread the kernel picks.
static int termination_pipe[2] = {-1, -1};

static void note_termination(int signal) {
    int saved = errno;
    unsigned char number = (unsigned char)signal;
    ssize_t written = write(termination_pipe[1], &number, 1);
    (void)written;
    errno = saved;
}

int platform_termination_descriptor(void) {
    if (termination_pipe[0] < 0 && pipe2(termination_pipe, O_NONBLOCK | O_CLOEXEC) < 0) return -errno;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_termination;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (int i = 0; i < 3; i++) {
        struct sigaction old;
        // Whoever was started to ignore a signal (nohup, a background job) goes on ignoring it.
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN) continue;
        if (sigaction(signals[i], &action, NULL) < 0) return -errno;
    }
    return termination_pipe[0];
}

int platform_termination_signal(int fd) {
    unsigned char number;
    ssize_t got = read(fd, &number, 1);
    return got == 1 ? (int)number : -EAGAIN;
}

static volatile sig_atomic_t parent_known = 0;

static void look_at_parent(int signal) {
    (void)signal;
    if (getppid() != parent_known) _exit(1);
}

int platform_tunnel_open(const char *name) {
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return -errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        int code = errno;
        close(fd);
        return -code;
    }
    return fd;
}

int platform_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : -errno; }

int platform_die_with_parent(int outright, int expected) {
    // The kernel sends this signal when the *thread* that started this process ends. Of a wrapper that starts programs
    // from a thread of a pool that is no end at all: so the signal is caught, and the parent looked for.
    parent_known = expected > 0 ? expected : getppid();
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = look_at_parent;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (!outright && sigaction(SIGURG, &action, NULL) < 0) return -errno;
    if (prctl(PR_SET_PDEATHSIG, outright ? SIGKILL : SIGURG) < 0) return -errno;
    // The parent may have died before the call.
    return getppid() != parent_known ? 1 : 0;
}

int platform_reap_foreign(const int *own, int count) {
    int reaped = 0;
    for (;;) {
        siginfo_t info;
        info.si_pid = 0;
        // Looked at first and not yet taken: the ends of one's own children are for those who wait for them.
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) return reaped;
        for (int i = 0; i < count; i++)
            if (own[i] == info.si_pid) return reaped;
        if (waitpid(info.si_pid, NULL, WNOHANG) > 0) reaped++; else return reaped;
    }
}

// What sched_setattr(2) takes since Linux 3.14; no C library of Debian 12 names it.
struct schedule {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int platform_keep_time(int first) {
    struct sched_param parameters = {.sched_priority = first ? 1 : 0};
    if (!first) setpriority(PRIO_PROCESS, 0, -20);
    int code = sched_setscheduler(0, (first ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK, &parameters);
    if (first || code < 0) return code < 0 ? -errno : 0;
    // A slice of 0.1 ms: since Linux 6.12 whoever runs in the meantime gives way after that long, and not after the
    // usual 2 to 4 ms. Earlier kernels ignore it.
    struct schedule schedule = {
        .size = sizeof schedule, .policy = SCHED_OTHER, .flags = 1 /* reset on fork */,
        .nice = getpriority(PRIO_PROCESS, 0), .runtime = 100000};
    syscall(SYS_sched_setattr, 0, &schedule, 0);
    return 0;
}

int platform_timer_slack(unsigned long nanoseconds) { return prctl(PR_SET_TIMERSLACK, nanoseconds) < 0 ? -errno : 0; }

int platform_start_thread(size_t stack, void *(*run)(void *), void *context) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (stack > 0) pthread_attr_setstacksize(&attributes, stack);
    // The signals that end a program are the event loop's, or end it; a thread of its own never takes them.
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    pthread_t thread;
    int code = pthread_create(&thread, &attributes, run, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (code != 0) return -code;
    return 0;
}

void platform_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

void *platform_pages(size_t bytes) {
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

void platform_free_pages(void *pages, size_t bytes) { munmap(pages, bytes); }

void platform_trim_heap(void) { malloc_trim(0); }

int platform_spawn_folder(void *actions, const char *folder) {
    return posix_spawn_file_actions_addchdir_np(actions, folder);
}
