/**
 * The {@code .orchestrator/} directory of a hub: its layout, pid files, the lock that tells who
 * owns it, the detached child, and the seeding of a repository from git. May touch {@code fossil},
 * {@code nats} and {@code time}.
 */
@NullMarked
package dev.hubkit.workspace;

import org.jspecify.annotations.NullMarked;
