/**
 * Accounts: their users and permissions, their subscriptions, and the routing of each message that
 * is published in an account. Above the foundation, it uses only {@code release}, {@code subject},
 * {@code trace} and {@code wire}.
 */
@NullMarked
package dev.hubkit.nats.account;

import org.jspecify.annotations.NullMarked;
