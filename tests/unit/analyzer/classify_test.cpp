// SPDX-License-Identifier: GPL-2.0-or-later
// Classes and call paths by the built-in rules, for stacks as kernels 6.1 to 7.2 show them.
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"

#include <gtest/gtest.h>

#include <array>

#include "analyzer/label/same_locks.h"
#include "analyzer/load/load_run.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

namespace v1 = trace::v1;
using analyzer::testing::Symbols;

struct Labelled {
  std::string lock_class;
  std::string path;
  std::string taker;
  WaitLabels labels;
};

// One wait with these facts and this stack.
Labelled classify(v1::Lock lock, const Symbols& symbols, analyzer::testing::MadeWait wait = {}) {
  const analyzer::testing::Folder folder;
  analyzer::testing::TraceMaker maker;
  wait.lock = maker.lock(std::move(lock));
  if (!symbols.empty()) wait.stack = maker.stack(symbols);
  wait.waits_ns = {1000};
  maker.add({.waits = {wait}});
  maker.write(folder.file("a.slk"));
  auto run = load_run(folder.file("a.slk"));
  EXPECT_TRUE(run);
  const Taxonomy& taxonomy = Taxonomy::built_in();
  const LabelledRun labelled = label(*std::move(run), taxonomy);
  EXPECT_EQ(labelled.labels.size(), 1U);
  const WaitLabels& labels = labelled.labels.at(0);
  return {taxonomy.at(labels.lock_class).name, std::string(name_of(labels.path)),
          labelled.run.dictionaries.at(labels.taker).symbol, labels};
}

v1::Lock table(const char* name) {
  v1::Lock lock;
  lock.set_kind(v1::LOCK_FACT_TABLE);
  lock.set_table(name);
  return lock;
}

v1::Lock slab(const char* cache, const char* member) {
  v1::Lock lock;
  lock.set_kind(v1::LOCK_FACT_SLAB);
  lock.set_cache(cache);
  lock.set_member(member);
  return lock;
}

v1::Lock owner(const char* cache) {
  v1::Lock lock;
  lock.set_kind(v1::LOCK_FACT_OWNER);
  lock.set_cache(cache);
  return lock;
}

TEST(Classify, ATableLockIsItsTables) {
  const auto found = classify(table("ehash"), {"queued_spin_lock_slowpath", "_raw_spin_lock", "inet_ehash_insert",
                                               "tcp_v4_syn_recv_sock", "tcp_check_req", "tcp_v4_rcv", "ip_rcv"});
  EXPECT_EQ(found.lock_class, "tcp.ehash");
  EXPECT_EQ(found.path, "input");
  EXPECT_EQ(found.taker, "inet_ehash_insert");
  EXPECT_TRUE(found.labels.socket);
}

TEST(Classify, TheInnermostBoundaryDecidesAndTheOutermostIsTheOrigin) {
  const auto found =
      classify(slab("TCP", "sk_lock.slock"),
               {"_raw_spin_lock", "tcp_v4_rcv", "ip_protocol_deliver_rcu", "process_backlog", "handle_softirqs",
                "do_softirq", "__local_bh_enable_ip", "ip_finish_output2", "tcp_write_xmit", "tcp_sendmsg_locked",
                "tcp_sendmsg", "__sys_sendto", "__x64_sys_sendto"},
               {.context = 1});
  EXPECT_EQ(found.lock_class, "tcp.sock");
  EXPECT_EQ(found.path, "input");
  ASSERT_TRUE(found.labels.origin);
  EXPECT_EQ(*found.labels.origin, CallPath::kSend);
  EXPECT_EQ(found.labels.context, Context::kSoftirq);
}

TEST(Classify, SendReceiveSetupTeardownOptionTimerPoll) {
  const auto path = [](const Symbols& symbols) { return classify(slab("TCP", "sk_lock.slock"), symbols).path; };
  EXPECT_EQ(path({"_raw_spin_lock_bh", "lock_sock_nested", "tcp_sendmsg", "__sys_sendto"}), "send");
  EXPECT_EQ(path({"_raw_spin_lock_bh", "lock_sock_nested", "tcp_recvmsg", "__sys_recvfrom"}), "receive");
  EXPECT_EQ(path({"_raw_spin_lock_bh", "lock_sock_nested", "inet_csk_accept", "inet_accept", "do_accept"}), "setup");
  EXPECT_EQ(path({"_raw_spin_lock_bh", "lock_sock_nested", "tcp_close", "inet_release", "__sock_release"}), "teardown");
  EXPECT_EQ(path({"_raw_spin_lock_bh", "lock_sock_nested", "do_tcp_setsockopt", "__sys_setsockopt"}), "option");
  EXPECT_EQ(path({"_raw_spin_lock", "tcp_write_timer", "call_timer_fn", "run_timer_softirq"}), "timer");
  EXPECT_EQ(path({"_raw_spin_lock_bh", "lock_sock_nested", "something", "tcp_poll", "do_epoll_wait"}), "poll");
  EXPECT_EQ(path({"_raw_spin_lock", "nobody_knows"}), "other");
}

TEST(Classify, CompilerSuffixesDontHide) {
  const auto found = classify(table("bhash"),
                              {"_raw_spin_lock_bh", "inet_csk_get_port.constprop.0", "inet_bind.isra.0", "__sys_bind"});
  EXPECT_EQ(found.path, "setup");
  EXPECT_EQ(found.taker, "inet_csk_get_port.constprop.0");
}

TEST(Classify, AListenersLocksAreToldByTheStack) {
  EXPECT_EQ(classify(owner("TCP"), {"__lock_sock", "lock_sock_nested", "inet_csk_accept", "inet_accept"}).lock_class,
            "tcp.listen_sock.owner");
  EXPECT_EQ(classify(owner("TCP"), {"__lock_sock", "lock_sock_nested", "tcp_sendmsg", "__sys_sendto"}).lock_class,
            "tcp.sock.owner");
  EXPECT_EQ(classify(owner("TCPv6"), {"__lock_sock", "lock_sock_nested", "tcp_sendmsg"}).lock_class, "tcp.sock.owner");
  EXPECT_EQ(classify(owner("UDP"), {"__lock_sock", "lock_sock_nested", "udp_sendmsg"}).lock_class, "udp.sock.owner");
  EXPECT_EQ(
      classify(slab("TCP", "icsk_accept_queue.rskq_lock"), {"_raw_spin_lock", "inet_csk_reqsk_queue_add", "tcp_v4_rcv"})
          .lock_class,
      "tcp.accept_queue");
}

TEST(Classify, AMergedCacheIsResolvedByMemberAndStack) {
  v1::Lock lock = slab("kmalloc-1k", "");
  auto* alias = lock.add_aliases();
  alias->set_cache("UNIX");
  alias->set_member("iolock");
  EXPECT_EQ(classify(lock, {"__mutex_lock", "unix_stream_read_generic", "unix_stream_recvmsg"}).lock_class,
            "unix.iolock");
  EXPECT_NE(classify(lock, {"__mutex_lock", "some_driver_probe"}).lock_class, "unix.iolock");
}

TEST(Classify, ByTheTakerWhereNoFactHelps) {
  EXPECT_EQ(classify({}, {"_raw_spin_lock", "raw_spin_rq_lock_nested", "__schedule"}).lock_class, "rq");
  EXPECT_EQ(classify({}, {"_raw_spin_lock_irqsave", "lock_timer_base", "__mod_timer", "sk_reset_timer"}).lock_class,
            "timer");
  EXPECT_EQ(classify({}, {"_raw_spin_lock", "alloc_fd", "__sys_socket"}).lock_class, "fd.table");
  EXPECT_EQ(classify({}, {"_raw_spin_lock", "nobody_knows"}).lock_class, "unclassified");
}

TEST(Classify, WithoutAStackTheSystemCallSaysThePath) {
  EXPECT_EQ(classify(table("ehash"), {}, {.syscall = 43}).path, "setup");  // connect is 42, stored plus 1
  EXPECT_EQ(classify(table("ehash"), {}, {.syscall = 45}).path, "send");
  EXPECT_EQ(classify(table("ehash"), {}, {.syscall = 0}).path, "other");
  // In an interrupt the system call is that of whoever was interrupted.
  EXPECT_EQ(classify(table("ehash"), {}, {.context = 1, .syscall = 45}).path, "other");
}

TEST(Classify, AFileDescriptorsCloseIsTeardownForSocketsOnly) {
  const Symbols close{"_raw_spin_lock", "some_lock", "__fput", "__x64_sys_close"};
  EXPECT_EQ(classify(slab("TCP", "sk_lock.slock"), close).path, "teardown");
  EXPECT_EQ(classify(slab("mm_struct", "mmap_lock"), close).path, "other");
}

struct Taken {
  const char* by;
  const char* lock_class;
  Role role;
};

// By functions alone, as in text of other tools.
TEST(Classify, TablesByWhoTakesThem) {
  constexpr std::array kTaken{
      Taken{"inet_ehash_insert", "tcp.ehash", Role::kConnectionTable},
      Taken{"__inet_check_established", "tcp.ehash", Role::kConnectionTable},
      Taken{"inet_unhash", "tcp.ehash", Role::kConnectionTable},
      Taken{"__inet_hash_connect", "tcp.bhash", Role::kBindTable},
      Taken{"inet_csk_get_port", "tcp.bhash", Role::kBindTable},
      Taken{"inet_put_port", "tcp.bhash", Role::kBindTable},
      Taken{"__inet_inherit_port", "tcp.bhash", Role::kBindTable},
      Taken{"__inet_bhash2_update_saddr", "tcp.bhash", Role::kBindTable},
      Taken{"inet_twsk_kill", "tcp.bhash", Role::kBindTable},
      Taken{"inet_twsk_hashdance_schedule", "tcp.bhash", Role::kBindTable},
      Taken{"__inet_hash", "tcp.lhash2", Role::kListener},
      Taken{"reuseport_alloc", "sock.reuseport", Role::kListener},
      Taken{"udp_lib_get_port", "udp.hash", Role::kConnectionTable},
      Taken{"unix_find_other", "unix.names", Role::kBindTable},
      Taken{"unix_table_double_lock", "unix.names", Role::kBindTable},
      Taken{"unix_remove_socket", "unix.names", Role::kBindTable},
      Taken{"skb_queue_tail", "sock.queue", Role::kSocketQueue},
      Taken{"lock_sock_nested", "sock.lock", Role::kSocket},
      Taken{"rtnl_dumpit", "rtnl", Role::kOther},
      Taken{"rtnl_newlink", "rtnl", Role::kOther},
      Taken{"rtnl_lock", "rtnl", Role::kOther},
      Taken{"do_epoll_ctl", "epoll", Role::kWaitQueue},
      Taken{"__do_sys_io_uring_enter", "io_uring", Role::kOther},
      Taken{"nf_conntrack_double_lock", "conntrack", Role::kOther},
      Taken{"nf_tables_valid_genid", "nf_tables.commit", Role::kOther},
      Taken{"nft_rcv_nl_event", "nf_tables.commit", Role::kOther},
      Taken{"nfnetlink_rcv_batch", "nfnetlink", Role::kOther},
      Taken{"nf_hook_slow", "netfilter", Role::kOther},
      Taken{"register_nexthop_notifier", "rtnl", Role::kOther},
      Taken{"default_device_exit_batch", "rtnl", Role::kOther},
      Taken{"rtm_new_nexthop", "nexthop", Role::kOther},
      Taken{"neigh_update", "neigh", Role::kOther},
      Taken{"sch_direct_xmit", "qdisc", Role::kSocketQueue},
      Taken{"packet_rcv", "packet", Role::kSocketQueue},
      Taken{"tpacket_rcv", "packet", Role::kSocketQueue},
      Taken{"sock_map_update_common", "sockmap", Role::kSocket},
      Taken{"mptcp_sendmsg", "mptcp.data", Role::kSocket},
      Taken{"virtio_transport_tx_work", "vsock", Role::kSocketQueue},
      Taken{"__register_sysctl_table", "fs.proc", Role::kOther},
      Taken{"register_kprobe", "trace", Role::kOther},
      Taken{"exp_funnel_lock", "rcu", Role::kOther},
      Taken{"try_to_grab_pending", "workqueue", Role::kScheduler},
      Taken{"inet_csk_reqsk_queue_add", "tcp.accept_queue", Role::kListener},
  };
  for (const Taken& taken : kTaken) {
    const auto found = classify({}, {"native_queued_spin_lock_slowpath", "_raw_spin_lock", taken.by, "__sys_sendto"});
    EXPECT_EQ(found.lock_class, taken.lock_class) << taken.by;
    EXPECT_EQ(Taxonomy::built_in().at(found.labels.lock_class).role, taken.role) << taken.by;
  }
}

// Without a word on the address it is a socket's of some protocol: recordings of other tools, which have no more than
// the stack, and ours agree, whoever is on that stack.
TEST(Classify, ASocketsProtocolIsWhatTheAddressSaysNotWhoTookTheLock) {
  const Symbols tcp{"_raw_spin_lock_bh", "lock_sock_nested", "tcp_sendmsg", "inet_sendmsg"};
  EXPECT_EQ(classify(slab("TCP", "inet_conn.icsk_inet.sk.sk_lock.slock"), tcp).lock_class, "tcp.sock");
  EXPECT_EQ(classify({}, tcp).lock_class, "sock.lock");
  EXPECT_EQ(classify({}, {"_raw_spin_lock", "tcp_v4_rcv", "ip_rcv"}).lock_class, "sock.lock");
  EXPECT_EQ(classify({}, {"_raw_spin_lock_bh", "lock_sock_nested", "udp_sendmsg"}).lock_class, "sock.lock");
  EXPECT_EQ(classify({}, {"_raw_spin_lock_bh", "lock_sock_nested", "sk_setsockopt"}).lock_class, "sock.lock");
  // Only MPTCP takes it to protect what subflows share.
  const Symbols mptcp{"_raw_spin_lock_bh", "lock_sock_nested", "mptcp_sendmsg", "inet_sendmsg"};
  EXPECT_EQ(classify(slab("MPTCP", "sk.icsk_inet.sk.sk_lock.slock"), mptcp).lock_class, "mptcp.data");
  EXPECT_EQ(classify({}, mptcp).lock_class, "mptcp.data");
}

TEST(Classify, NameTableSocketAndQueueOfUnixSocketsAreThreeClasses) {
  for (const bool is_named : {false, true}) {
    const auto at = [is_named](const char* member) { return is_named ? slab("UNIX", member) : v1::Lock{}; };
    EXPECT_EQ(classify({}, {"_raw_spin_lock", "unix_find_other", "unix_dgram_sendmsg"}).lock_class, "unix.names");
    EXPECT_EQ(classify(at("lock"), {"_raw_spin_lock", "unix_dgram_sendmsg"}).lock_class, "unix.sock");
    EXPECT_EQ(
        classify(at("sk.sk_receive_queue.lock"), {"_raw_spin_lock_irqsave", "skb_queue_tail", "unix_dgram_sendmsg"})
            .lock_class,
        "sock.queue");
  }
}

TEST(Classify, FilesAreMappedThroughTheirInodes) {
  const Symbols map{"down_write", "vma_prepare", "__split_vma"};
  EXPECT_EQ(classify(slab("ext4_inode_cache", ""), map).lock_class, "mm.rmap");
  EXPECT_EQ(classify(slab("shmem_inode_cache", "vfs_inode.i_data.i_mmap_rwsem"), map).lock_class, "mm.rmap");
  EXPECT_EQ(classify(slab("ext4_inode_cache", ""), {"down_write", "ext4_buffered_write_iter"}).lock_class, "fs.ext4");
  // Giving a rwsem up wakes those that wait for it.
  EXPECT_EQ(classify(slab("ext4_inode_cache", ""), {"_raw_spin_lock_irqsave", "rwsem_wake", "up_write", "vma_complete"})
                .lock_class,
            "mm.rmap");
}

TEST(Classify, LocksOfForkExitAndFileMappingHaveClasses) {
  for (const auto& [taker, lock_class] : {std::pair{"copy_process", "task.list"},
                                          {"release_task", "task.list"},
                                          {"alloc_pid", "task.pid"},
                                          {"lock_task_sighand", "siglock"},
                                          {"dup_mmap", "mmap_lock"},
                                          {"unlink_anon_vmas", "mm.rmap"},
                                          {"__pte_offset_map_lock", "mm.pagetable"},
                                          {"folio_batch_move_lru", "mm.lru"},
                                          {"pcpu_alloc", "mm.percpu"},
                                          {"lockref_get_not_dead", "fs.dentry"},
                                          {"ext4_mark_inode_dirty", "fs.ext4"},
                                          {"start_this_handle", "fs.ext4"},
                                          {"css_task_iter_start", "memcg"},
                                          {"dup_fd", "fd.table"},
                                          {"try_to_wake_up", "task.pi_lock"}})
    EXPECT_EQ(classify({}, {"_raw_spin_lock", taker}).lock_class, lock_class) << taker;
}

TEST(Classify, NamesThatOtherToolsGiveAreFacts) {
  const auto named = [](const char* symbol) {
    v1::Lock lock;
    lock.set_kind(v1::LOCK_FACT_SYMBOL);
    lock.set_symbol(symbol);
    return classify(std::move(lock), {}).lock_class;
  };
  EXPECT_EQ(named("rq_lock"), "rq");
  EXPECT_EQ(named("mmap_lock"), "mmap_lock");
  EXPECT_EQ(named("rtnl_mutex"), "rtnl");
  EXPECT_EQ(named("&TCP"), "tcp.sock");
  EXPECT_EQ(named("&eventpoll"), "epoll");
  EXPECT_EQ(named("slock-AF_INET"), "sock.lock");
  EXPECT_EQ(named("sk_lock-AF_INET6"), "sock.owner");
  EXPECT_EQ(named("&u->lock/1"), "unix.sock");
  EXPECT_EQ(named("&tcp_hashinfo.bhash[i].lock"), "tcp.bhash");
  EXPECT_EQ(named("ehash_locks"), "tcp.ehash");
  EXPECT_EQ(named("rlock-AF_UNIX"), "sock.queue");
  EXPECT_EQ(named("rlock-AF_INET"), "sock.queue");
  EXPECT_EQ(named("&udptable->hash[i].lock"), "udp.hash");
  EXPECT_EQ(named("&ei->socket.wq.wait"), "sock.wq");
}

TEST(Classify, TheQueueOfAUnixSocketIsNotTheSocket) {
  const Symbols send{"_raw_spin_lock", "skb_queue_tail", "unix_stream_sendmsg", "__sys_sendto"};
  EXPECT_EQ(classify(slab("UNIX", "sk.sk_receive_queue.lock"), send).lock_class, "sock.queue");
  EXPECT_EQ(classify(slab("UNIX-STREAM", "lock"), {"_raw_spin_lock", "unix_stream_sendmsg", "__sys_sendto"}).lock_class,
            "unix.sock");
  EXPECT_EQ(
      classify(slab("UNIX", "peer_wait.lock"), {"_raw_spin_lock", "__wake_up_sync_key", "unix_write_space"}).lock_class,
      "unix.peer_wait");
  EXPECT_EQ(classify(slab("eventpoll", "wq.lock"), {}).lock_class, "epoll");
}

TEST(SameLocks, ALockHasTheFactsThatWereFoundForItAtAnyTime) {
  LockFacts unknown, found, learnt, reused;
  unknown.address = found.address = learnt.address = reused.address = 0x1000;
  found.kind = learnt.kind = reused.kind = FactKind::kSlab;
  found.place = learnt.place = {"TCP", "sk_lock.slock"};
  learnt.local_port = 80;
  learnt.listens = true;
  reused.place = {"dentry", "d_lock"};
  const auto best = [](std::vector<LockFacts> locks) {
    locks.insert(locks.begin(), LockFacts{});
    return index_of(best_known(locks)[1]);
  };
  EXPECT_EQ(best({unknown, found}), 2U);
  EXPECT_EQ(best({found, learnt}), 2U);
  EXPECT_EQ(best({learnt, found}), 1U);
  EXPECT_EQ(best({unknown, found, reused}), 1U) << "of which of the two?";
  EXPECT_EQ(best({reused, learnt}), 1U) << "another place";
}

TEST(InstanceNames, TablesByBucketAndNamespaceOnlyWhereThereAreSeveral) {
  LockFacts first, second;
  first.kind = second.kind = FactKind::kTable;
  first.table = second.table = "ehash";
  first.index = 17;
  second.index = 18;
  first.netns_inode = second.netns_inode = 4026531840;
  const LockClass lock_class{"tcp.ehash", Role::kConnectionTable};
  Dictionaries dictionaries;
  dictionaries.locks.push_back(first);
  dictionaries.locks.push_back(second);
  EXPECT_EQ(InstanceNames(dictionaries).name(first, lock_class), "tcp.ehash[17]");
  dictionaries.locks.back().netns_inode = 4026532001;
  EXPECT_NE(InstanceNames(dictionaries).name(dictionaries.locks.back(), lock_class), "tcp.ehash[18]");
  EXPECT_NE(InstanceNames(dictionaries).name(dictionaries.locks.back(), lock_class).find("4026532001"),
            std::string::npos);
}

}  // namespace
}  // namespace socklock::analyzer
