#!/usr/sbin/dtrace -s
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What FreeBSD's locks are waited for, for socklock on another machine:
 *
 *     dtrace -s socklock.d 2>&1 | gzip >before.gz       on the server, as root; ^C ends it
 *     socklock import dtrace before.gz -l before        anywhere
 *
 * With -s acquisitions.d as well, acquisitions are counted, too; that slows every lock of the host.
 * What is printed, and what the probes say on which release, is described in docs/freebsd.md. Probes that a release
 * lacks are passed over (zdefs).
 *
 * lockstat:::thread-spin is not among them: before FreeBSD 12 it fires at every thread_lock(), which cost a load nine
 * tenths of its connections, and what waits there is the scheduler.
 */
#pragma D option quiet
#pragma D option zdefs
/* Switches the deadman off, which ends dtrace on a busy host after ten seconds. Nothing here changes the host. */
#pragma D option destructive
#pragma D option bufsize=16m
#pragma D option aggsize=16m
#pragma D option dynvarsize=16m
#pragma D option stackframes=32

/* One wait in so many is printed by itself, besides being in the sums. */
inline int SAMPLED_OF = 64;

dtrace:::BEGIN
{
	printf("socklock-dtrace\t2\t%s\t%s\t%d\n", stringof(`osrelease), stringof(`machine), `mp_ncpus);
	printf("B\t%d\n", walltimestamp);
	begin = timestamp;
	/* arg1 of spin probes is a count of loops, and rw and sx probes have no arg2. */
	counts_loops = `osreldate < 1003000;
}

/* Of mutexes arg2 is not an argument; of the others, 0 is a writer. */
lockstat:::adaptive-block, lockstat:::adaptive-spin, lockstat:::spin-spin
{
	this->reader = 0;
	this->waited = 1;
}

lockstat:::rw-block, lockstat:::rw-spin, lockstat:::sx-block, lockstat:::sx-spin, lockstat:::lockmgr-block
{
	this->reader = counts_loops ? probefunc == "rw_rlock" || probefunc == "sx_slock" : arg2 != 0;
	this->waited = 1;
}

/* There it fires at every read, with one loop where nothing was in the way. */
lockstat:::rw-spin
/counts_loops && this->reader && arg1 <= 1/
{
	this->waited = 0;
}

/*
 * These fire when the wait is over. An acquisition that blocked and spun fires twice, the block first: it is one
 * contention of both times. Another acquisition's spin of the same lock would have begun after the block ended. Where
 * its length is not known, one that ends within two microseconds is taken for the same acquisition's.
 */
lockstat:::adaptive-block, lockstat:::rw-block, lockstat:::sx-block, lockstat:::lockmgr-block
{
	this->contentions = 1;
}

lockstat:::adaptive-spin, lockstat:::rw-spin, lockstat:::sx-spin, lockstat:::spin-spin
{
	this->contentions =
	    self->blocked == arg0 && timestamp - self->blocked_at < (counts_loops ? 2000 : arg1) ? 0 : 1;
}

lockstat:::adaptive-block, lockstat:::rw-block, lockstat:::sx-block, lockstat:::lockmgr-block,
lockstat:::adaptive-spin, lockstat:::rw-spin, lockstat:::sx-spin, lockstat:::spin-spin
/this->waited/
{
	this->name = stringof(((struct lock_object *)arg0)->lo_name);
	/* Powers of four from 256 ns, so that waits of a stack are distinguished by length. */
	this->length = (arg1 >> 8 != 0) + (arg1 >> 10 != 0) + (arg1 >> 12 != 0) + (arg1 >> 14 != 0) +
	    (arg1 >> 16 != 0) + (arg1 >> 18 != 0) + (arg1 >> 20 != 0) + (arg1 >> 22 != 0) + (arg1 >> 24 != 0) +
	    (arg1 >> 26 != 0) + (arg1 >> 28 != 0) + (arg1 >> 30 != 0);
	@contentions[probename, this->reader, arg0, this->length, this->name, stack()] = sum(this->contentions);
	@wait_ns[probename, this->reader, arg0, this->length, this->name, stack()] = sum(arg1);
	@shortest[probename, this->reader, arg0, this->length, this->name, stack()] = min(arg1);
	@longest[probename, this->reader, arg0, this->length, this->name, stack()] = max(arg1);
	@all_contentions = sum(this->contentions);
	@all_wait_ns = sum(arg1);
}

lockstat:::adaptive-block, lockstat:::rw-block, lockstat:::sx-block, lockstat:::lockmgr-block,
lockstat:::adaptive-spin, lockstat:::rw-spin, lockstat:::sx-spin, lockstat:::spin-spin
/this->waited && this->contentions && rand() % SAMPLED_OF == 0/
{
	printf("E\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t%x\t%d\t%s\t%s", timestamp - begin, arg1, cpu, pid, tid, probename,
	    this->reader, arg0, SAMPLED_OF, this->name, execname);
	stack();
}

/*
 * Last, so that what the clauses above took is no part of the time to the spin. Never 0: a thread-local variable that
 * becomes 0 is freed, and many frees lose others.
 */
lockstat:::adaptive-block, lockstat:::rw-block, lockstat:::sx-block, lockstat:::lockmgr-block
{
	self->blocked = arg0;
	self->blocked_at = timestamp;
}

lockstat:::adaptive-spin, lockstat:::rw-spin, lockstat:::sx-spin
/self->blocked > 1/
{
	self->blocked = 1;
}

tcp:::connect-established { @work["connections_active"] = count(); }
tcp:::accept-established { @work["connections_passive"] = count(); }

syscall::sendto:return, syscall::sendmsg:return
/errno == 0/
{
	@work["send_operations"] = count();
	@work_bytes["send_bytes"] = sum(arg0);
}

syscall::recvfrom:return, syscall::recvmsg:return
/errno == 0/
{
	@work["receive_operations"] = count();
	@work_bytes["receive_bytes"] = sum(arg0);
}

/*
 * A block: waits since the block before, what those since the start come to, the time. What is printed is dropped from
 * dtrace's own copy of the sums, where nothing is added meanwhile.
 */
profile:::tick-1sec, dtrace:::END
{
	printa("W\t%s\t%d\t%x\t%d\t%s\t%@d\t%@d\t%@d\t%@d%k\n", @contentions, @wait_ns, @shortest, @longest);
	trunc(@contentions);
	trunc(@wait_ns);
	trunc(@shortest);
	trunc(@longest);
	printa("C\t%s\t%@d\n", @work);
	printa("C\t%s\t%@d\n", @work_bytes);
	printa("S\t%@d\t%@d\n", @all_contentions, @all_wait_ns);
	printf("T\t%d\n", timestamp - begin);
}

dtrace:::END
{
	printf("Z\n");
}
