/**
 * The system account: the events that a server publishes there about itself and its clients ({@code
 * $SYS.SERVER}, {@code $SYS.ACCOUNT}), and the services it answers there ({@code $SYS.REQ}), in the
 * subjects and fields of nats-server ({@code server/events.go}).
 */
@NullMarked
package dev.hubkit.nats.system;

import org.jspecify.annotations.NullMarked;
