/**
 * Accounts: who is connected as what, with which permissions, and where a message published in an
 * account goes. Routing happens here. Touches {@code wire}, {@code subject}, {@code json} and
 * {@code time}.
 */
@NullMarked
package dev.hubkit.nats.account;

import org.jspecify.annotations.NullMarked;
