/**
 * Accounts: who is connected as what, with which permissions, and where a message published in an
 * account goes. Routing happens here. Above the foundation, it uses only {@code subject}, {@code
 * trace} and {@code wire}.
 */
@NullMarked
package dev.hubkit.nats.account;

import org.jspecify.annotations.NullMarked;
