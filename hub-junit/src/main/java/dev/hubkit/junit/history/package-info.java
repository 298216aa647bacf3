/**
 * Histories: what clients published, consumed and acknowledged, and checks of them. A history
 * records a hub's traffic as operations with a beginning and an end, over cuts and crashes, and
 * shows afterwards what was lost, handled twice or out of order, and whether key-value buckets
 * behaved as registers. Takes its traffic from {@link dev.hubkit.nats.net}, reads acknowledgements
 * as the {@link dev.hubkit.junit.journal} does, and shows messages as {@link
 * dev.hubkit.junit.message} does.
 */
@NullMarked
package dev.hubkit.junit.history;

import org.jspecify.annotations.NullMarked;
