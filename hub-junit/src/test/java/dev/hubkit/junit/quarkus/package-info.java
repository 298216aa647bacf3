/** Tests of the adapter for Quarkus that need no application. */
@org.jspecify.annotations.NullMarked
package dev.hubkit.junit.quarkus;
