/**
 * Leaf nodes: servers that others connect to, or that connect to others, to share the subjects of
 * one account. Speaks nats-server's protocol for them ({@code server/leafnode.go}: INFO, CONNECT,
 * LS+, LS-, LMSG, HMSG). A server accepts leaf nodes, for which it is the hub, and is a leaf node
 * of the hubs it is told to connect to. Above the foundation, it uses only {@code account}, {@code
 * credential}, {@code net}, {@code peer}, {@code release}, {@code snappy}, {@code subject}, {@code
 * tls}, {@code trace} and {@code wire}.
 */
@NullMarked
package dev.hubkit.nats.leaf;

import org.jspecify.annotations.NullMarked;
