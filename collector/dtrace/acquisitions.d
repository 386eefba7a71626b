#!/usr/sbin/dtrace -s
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beside socklock.d: every acquisition, by the name of the lock and the system call:
 *
 *     dtrace -s socklock.d -s acquisitions.d 2>&1 | gzip >before.gz
 *
 * While these probes are enabled the kernel's locks do not take their inline fast paths, so every lock of the host
 * is slower. Contention that is measured meanwhile is that of a slower host.
 */
#pragma D option zdefs

dtrace:::BEGIN
{
	printf("M\tacquisitions\n");
}

syscall:::entry
{
	self->call = probefunc;
	self->in_call = 1;
}

syscall:::return
{
	self->call = 0;
	self->in_call = 0;
}

lockstat:::adaptive-acquire, lockstat:::spin-acquire, lockstat:::rw-acquire, lockstat:::sx-acquire
{
	/* A string that was never set is no key. */
	this->call = self->in_call ? self->call : "";
	@acquired[this->call, stringof(((struct lock_object *)arg0)->lo_name)] = count();
	/* A spin that follows is another acquisition's. */
	self->blocked = 0;
}

profile:::tick-1sec, dtrace:::END
{
	printa("A\t%s\t%s\t%@d\n", @acquired);
}
