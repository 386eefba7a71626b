#!/usr/sbin/dtrace -s
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beside socklock.d: every acquisition, by the name of the lock and the system call:
 *
 *     dtrace -s socklock.d -s acquisitions.d 2>&1 | gzip >before.gz
 *
 * While these probes are enabled the kernel's locks do not take their inline fast paths, so every lock of the host
 * is slower. Contention that is measured meanwhile is that of a slower host.
 *
 * No clause-local variables: the kernel refuses two scripts that both have some ("DIF program content is invalid").
 * Thread-local ones are never freed: freed at each return, so many were dropped that half of the acquisitions were in
 * no system call.
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
	self->in_call = 2;
}

lockstat:::adaptive-acquire, lockstat:::spin-acquire, lockstat:::rw-acquire, lockstat:::sx-acquire
/self->in_call == 1/
{
	@acquired[self->call, stringof(((struct lock_object *)arg0)->lo_name)] = count();
}

lockstat:::adaptive-acquire, lockstat:::spin-acquire, lockstat:::rw-acquire, lockstat:::sx-acquire
/self->in_call != 1/
{
	@acquired["", stringof(((struct lock_object *)arg0)->lo_name)] = count();
}

/* A spin that follows is another acquisition's; before FreeBSD 11 a mutex has its own after this. */
lockstat:::adaptive-acquire, lockstat:::rw-acquire, lockstat:::sx-acquire
/self->blocked > 1/
{
	self->blocked = 1;
}

profile:::tick-1sec, dtrace:::END
{
	printa("A\t%s\t%s\t%@d\n", @acquired);
	trunc(@acquired);
}
