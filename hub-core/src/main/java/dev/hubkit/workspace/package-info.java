/**
 * The {@code .orchestrator/} directory of a hub: its layout, its pid files, the lock that decides
 * which process owns it, the detached process, and the seeding of a repository from git. Above the
 * foundation, it uses only {@code fossil}, {@code fossil.artifact} and {@code nats.credential}.
 */
@NullMarked
package dev.hubkit.workspace;

import org.jspecify.annotations.NullMarked;
