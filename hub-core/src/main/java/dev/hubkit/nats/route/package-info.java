/**
 * Routes between the servers of a cluster: how servers find each other, exchange the subscriptions
 * of their clients, and forward messages, once and only to servers they have a route to. Speaks
 * nats-server's route protocol ({@code server/route.go}: INFO, CONNECT, RS+, RS-, RMSG, HMSG) with
 * one connection for each pair of servers, neither pooled nor compressed. Above the foundation, it
 * uses only {@code account}, {@code credential}, {@code peer}, {@code subject}, {@code tls}, {@code
 * trace} and {@code wire}.
 */
@NullMarked
package dev.hubkit.nats.route;

import org.jspecify.annotations.NullMarked;
