//! Who planned what. Numbers of people and teams are places in [`super::super::organisation`].

use crate::release::ReleaseField;

pub(super) struct Story {
    pub title: &'static str,
    pub description: &'static str,
    pub kind: &'static str,
    pub author: usize,
    pub requester: usize,
    pub team: usize,
    /// Risk, impact, urgency.
    pub levels: (&'static str, &'static str, &'static str),
    /// Start: days from today, hour of the day (UTC); length in hours.
    pub days: i64,
    pub hour: i64,
    pub hours: i64,
    pub steps: &'static [Told],
    /// Fields that were forgotten.
    pub missing: &'static [ReleaseField],
    pub ending: Ending,
}

pub(super) struct Told {
    pub title: &'static str,
    pub how: &'static str,
    pub run: &'static str,
    pub minutes: i64,
    pub targets: &'static [(&'static str, &'static str, &'static str)],
    pub needs: &'static [usize],
    pub back_out: &'static str,
    pub no_return: bool,
}

pub(super) enum Ending {
    Draft,
    Submitted,
    /// Authorised; the first step is recorded by the crew, who has begun the second.
    Running {
        crew: usize,
    },
    /// Carried out by the crew, and further through its stages; see [`Further`].
    Further {
        crew: usize,
        tester: usize,
        to: Further,
    },
    Withdrawn,
    /// A second person changed the same field on the same base.
    Conflict {
        rival: usize,
        field: ReleaseField,
        yours: &'static str,
        theirs: &'static str,
    },
}

/// How far a release came after its execution.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Further {
    /// Authorised, then put on hold.
    Held,
    /// Waits for its test.
    Test,
    /// Tested; what was found is back with its requester.
    Unresolved,
    /// Waits to be accepted.
    Acceptance,
    /// Waits for its requester to close it.
    Closure,
    /// Closed.
    Concluded,
}

const fn step(title: &'static str, minutes: i64) -> Told {
    Told {
        title,
        how: "",
        run: "",
        minutes,
        targets: &[],
        needs: &[],
        back_out: "",
        no_return: false,
    }
}

const fn story(title: &'static str, author: usize, requester: usize, team: usize) -> Story {
    Story {
        title,
        description: "",
        kind: "standard",
        author,
        requester,
        team,
        levels: ("medium", "medium", "medium"),
        days: 7,
        hour: 21,
        hours: 4,
        steps: &[],
        missing: &[],
        ending: Ending::Draft,
    }
}

pub(super) const STORIES: [Story; 18] = [
    Story {
        description: "The top-of-rack pair of rack A03 is out of support at the end of the year.\nOne switch at a time, so that every server keeps one uplink.",
        levels: ("medium", "high", "medium"),
        days: 0,
        steps: &[
            Told {
                targets: &[
                    ("ham1-1-a03-hv1", "verify", "at_risk"),
                    ("ham1-1-a03-hv2", "verify", "at_risk"),
                ],
                back_out: "Nothing to undo: rebalance the cluster.",
                how: "Check that both hosts see both uplinks.\nStop if one does not.",
                ..step("Check uplinks of all hosts", 10)
            },
            Told {
                targets: &[("ham1-1-a03-sw-a", "replace", "down")],
                needs: &[0],
                how: "Label cables before pulling.\nPhotograph the front.",
                back_out: "Mount the old switch in the same unit; its configuration is still on it.",
                ..step("Swap switch A", 30)
            },
            Told {
                targets: &[("ham1-1-a03-sw-a", "verify", "at_risk")],
                needs: &[1],
                run: "show lldp neighbors\nshow interface status | include down",
                minutes: 10,
                back_out: "Go back to step 2.",
                ..step("Verify switch A", 10)
            },
            Told {
                targets: &[("ham1-1-a03-sw-b", "replace", "down")],
                needs: &[2],
                back_out: "Mount the old switch in the same unit.",
                ..step("Swap switch B", 30)
            },
            Told {
                targets: &[("ham1-1-a03-sw-b", "verify", "at_risk")],
                needs: &[3],
                run: "show lldp neighbors",
                back_out: "Go back to step 4.",
                ..step("Verify switch B", 10)
            },
        ],
        ending: Ending::Running { crew: 1 },
        ..story("Replace top-of-rack switches in HAM1-1-A03", 0, 7, 1)
    },
    Story {
        description: "Yearly service of the A side of hall 1. Everything must stand on B alone.",
        kind: "normal",
        levels: ("high", "high", "low"),
        days: 12,
        hour: 6,
        hours: 6,
        steps: &[
            Told {
                how: "Read the load of feed B in each row; stop above 80 %.",
                ..step("Read load of the B side", 20)
            },
            Told {
                targets: &[("ham1-1-ups-a", "verify", "down")],
                needs: &[0],
                back_out: "Close the bypass, switch UPS A on.",
                ..step("Switch off UPS A and service it", 180)
            },
            Told {
                targets: &[("ham1-1-ups-a", "verify", "at_risk")],
                needs: &[1],
                back_out: "Open the breaker again.",
                ..step("Switch UPS A on and load it", 40)
            },
        ],
        ending: Ending::Submitted,
        ..story("Service of UPS A in hall HAM1-1", 1, 0, 0)
    },
    Story {
        description: "Moves the payment database to the new engine version. The payment API is down meanwhile.",
        kind: "normal",
        levels: ("high", "high", "high"),
        days: 5,
        hour: 22,
        hours: 5,
        steps: &[
            Told {
                targets: &[("db-payments-prod", "verify", "none")],
                run: "pg_dumpall --globals-only > globals.sql\npg_basebackup -D /backup/payments -X stream",
                ..step("Take a full backup", 45)
            },
            Told {
                targets: &[("app-payments-prod-api", "verify", "down")],
                needs: &[0],
                back_out: "Start the API again.",
                ..step("Stop the payment API", 5)
            },
            Told {
                targets: &[("db-payments-prod", "upgrade", "down")],
                needs: &[1],
                run: "pg_upgrade --link --jobs 4",
                no_return: true,
                how: "After the first write there is no way back but the backup.",
                ..step("Upgrade the engine", 40)
            },
            Told {
                targets: &[("app-payments-prod-api", "verify", "at_risk")],
                needs: &[2],
                back_out: "Stop it again and restore the backup.",
                ..step("Start and test the payment API", 30)
            },
        ],
        ending: Ending::Draft,
        ..story("Upgrade the payment database engine", 6, 7, 3)
    },
    Story {
        levels: ("low", "low", "medium"),
        days: 2,
        hours: 2,
        steps: &[
            Told {
                targets: &[("ham1-rtr-1", "upgrade", "at_risk")],
                ..step("Load firmware on router 1", 40)
            },
            Told {
                targets: &[("ham1-rtr-1", "verify", "down")],
                needs: &[0],
                ..step("Restart router 1", 0)
            },
        ],
        missing: &[ReleaseField::Requester],
        ..story("Router firmware at Hamburg Harbour", 3, 0, 1)
    },
    Story {
        description: "Frees two hosts for the new cluster.",
        levels: ("low", "medium", "low"),
        days: 9,
        steps: &[
            Told {
                targets: &[("ham1-1-a03-hv4", "retire", "none")],
                run: "esxcli system maintenanceMode set --enable true",
                ..step("Drain hv4", 60)
            },
            Told {
                targets: &[("ham1-1-a03-hv4", "retire", "down")],
                needs: &[0],
                back_out: "Switch it on and leave maintenance mode.",
                ..step("Switch off hv4", 10)
            },
            Told {
                targets: &[("ham1-1-a03-hv4", "retire", "none")],
                needs: &[1],
                no_return: true,
                ..step("Wipe disks and take it out of the rack", 50)
            },
        ],
        ending: Ending::Submitted,
        ..story("Retire hypervisor HAM1-1-A03-HV4", 5, 0, 2)
    },
    Story {
        description: "Two people plan this together.",
        levels: ("medium", "high", "high"),
        days: 4,
        steps: &[
            Told {
                targets: &[("ham1-1-a01-pdu-a", "replace", "down")],
                back_out: "Plug everything back into the old unit.",
                ..step("Replace PDU A of rack A01", 60)
            },
            Told {
                targets: &[("ham1-1-a01-pdu-a", "verify", "none")],
                needs: &[0],
                ..step("Check both feeds of each server", 15)
            },
        ],
        ending: Ending::Conflict {
            rival: 7,
            field: ReleaseField::Title,
            yours: "Replace PDU A of HAM1-1-A01 (Saturday)",
            theirs: "Replace the failing PDU A of HAM1-1-A01",
        },
        ..story("Replace PDU A of HAM1-1-A01", 0, 7, 0)
    },
    Story {
        description: "Quarterly release of the shop.",
        levels: ("medium", "medium", "high"),
        days: 1,
        hour: 4,
        hours: 3,
        steps: &[
            Told {
                targets: &[("app-shop-prod-api", "upgrade", "at_risk")],
                run: "kubectl rollout status deployment/shop-api",
                back_out: "kubectl rollout undo deployment/shop-api",
                ..step("Roll out the API", 25)
            },
            Told {
                targets: &[("app-shop-prod-web", "upgrade", "at_risk")],
                needs: &[0],
                back_out: "kubectl rollout undo deployment/shop-web",
                ..step("Roll out the pages", 15)
            },
            Told {
                targets: &[("svc-shop", "verify", "none")],
                needs: &[0, 1],
                how: "Order one article and cancel it.",
                ..step("Test order", 10)
            },
        ],
        ending: Ending::Withdrawn,
        ..story("Web shop 2026.4", 7, 7, 4)
    },
    Story {
        levels: ("high", "medium", "low"),
        days: 20,
        hours: 6,
        steps: &[Told {
            targets: &[("ham1-1-a-cl1", "upgrade", "at_risk")],
            back_out: "Boot the previous image.",
            how: "One host at a time; wait for the cluster to be balanced again.",
            ..step("Upgrade the cluster host by host", 240)
        }],
        ending: Ending::Submitted,
        ..story("Hypervisor patch of cluster HAM1-1-A-CL1", 5, 0, 2)
    },
    Story {
        description: "The carrier moves our line to a new card.",
        kind: "emergency",
        levels: ("medium", "high", "high"),
        days: 0,
        hour: 23,
        hours: 2,
        steps: &[
            Told {
                targets: &[("ham1-inet-1", "move", "down")],
                back_out: "Ask the carrier to move it back: +49 40 555 900.",
                ..step("Carrier moves the line", 60)
            },
            Told {
                targets: &[("ham1-rtr-1", "verify", "none")],
                needs: &[0],
                run: "show bgp summary",
                ..step("Check routes", 10)
            },
        ],
        ending: Ending::Submitted,
        ..story("Carrier card change on internet line 1", 4, 3, 1)
    },
    Story {
        steps: &[],
        missing: &[
            ReleaseField::AssignmentGroup,
            ReleaseField::PlannedStart,
            ReleaseField::PlannedEnd,
            ReleaseField::Impact,
        ],
        ..story("Move the backup jobs", 0, 0, 0)
    },
    Story {
        levels: ("low", "low", "low"),
        days: 30,
        hour: 8,
        hours: 8,
        steps: &[
            Told {
                targets: &[("ham1-1-c04-sw-b", "install", "none")],
                ..step("Mount the spare switch", 30)
            },
            Told {
                targets: &[("ham1-1-c04-sw-b", "verify", "none")],
                needs: &[0],
                ..step("Label and photograph", 15)
            },
        ],
        ..story("Spare switch for row C", 2, 0, 0)
    },
    Story {
        description: "Certificates of the sign-in service expire at the end of next month.",
        levels: ("medium", "high", "medium"),
        days: 14,
        hour: 5,
        hours: 1,
        steps: &[
            Told {
                targets: &[("app-identity", "upgrade", "at_risk")],
                run: "certbot renew --dry-run",
                back_out: "Put the old certificates back from /etc/ssl/old.",
                ..step("Install the new certificates", 15)
            },
            Told {
                targets: &[("app-identity", "verify", "none")],
                needs: &[0],
                ..step("Sign in from three places", 10)
            },
        ],
        ending: Ending::Submitted,
        ..story("Renew certificates of the sign-in service", 7, 9, 4)
    },
    Story {
        description: "The spare optics are on back order; the line stays as it is until they are here.",
        levels: ("low", "medium", "low"),
        days: 3,
        steps: &[Told {
            targets: &[("ham1-rtr-1", "upgrade", "at_risk")],
            back_out: "Put the old optics back.",
            ..step("Swap the optics of uplink 2", 30)
        }],
        ending: Ending::Further {
            crew: 3,
            tester: 4,
            to: Further::Held,
        },
        ..story("New optics for router 1", 3, 0, 1)
    },
    Story {
        description: "The new cluster host joins cluster A.",
        levels: ("medium", "medium", "medium"),
        days: -2,
        steps: &[
            Told {
                targets: &[("ham1-1-a03-hv1", "upgrade", "at_risk")],
                back_out: "Remove the host from the cluster.",
                ..step("Join the host to the cluster", 30)
            },
            Told {
                targets: &[("ham1-1-a03-hv1", "verify", "none")],
                needs: &[0],
                ..step("Move two machines there and back", 20)
            },
        ],
        ending: Ending::Further {
            crew: 5,
            tester: 5,
            to: Further::Test,
        },
        ..story("Join HAM1-1-A03-HV1 to cluster A", 5, 0, 2)
    },
    Story {
        description: "Moves the reporting jobs away from the payment database.",
        levels: ("medium", "low", "medium"),
        days: -4,
        steps: &[Told {
            targets: &[("db-payments-prod", "verify", "none")],
            back_out: "Start the jobs on the old host.",
            ..step("Move the reporting jobs", 40)
        }],
        ending: Ending::Further {
            crew: 6,
            tester: 6,
            to: Further::Unresolved,
        },
        ..story("Move the reporting jobs", 6, 7, 3)
    },
    Story {
        description: "The sign-in service on the new pages.",
        levels: ("medium", "high", "medium"),
        days: -5,
        steps: &[Told {
            targets: &[("app-identity", "upgrade", "at_risk")],
            back_out: "Roll back the deployment.",
            ..step("Roll out the sign-in pages", 25)
        }],
        ending: Ending::Further {
            crew: 7,
            tester: 3,
            to: Further::Acceptance,
        },
        ..story("New pages of the sign-in service", 7, 9, 4)
    },
    Story {
        description: "Second power supply for the access switch of row C.",
        levels: ("low", "low", "low"),
        days: -8,
        steps: &[Told {
            targets: &[("ham1-1-c04-sw-b", "install", "none")],
            ..step("Mount and connect the supply", 20)
        }],
        ending: Ending::Further {
            crew: 2,
            tester: 3,
            to: Further::Closure,
        },
        ..story("Second power supply in row C", 2, 0, 0)
    },
    Story {
        description: "Quarterly release of the shop, the one before.",
        levels: ("medium", "medium", "high"),
        days: -30,
        steps: &[
            Told {
                targets: &[("app-shop-prod-api", "upgrade", "at_risk")],
                back_out: "kubectl rollout undo deployment/shop-api",
                ..step("Roll out the API", 25)
            },
            Told {
                targets: &[("svc-shop", "verify", "none")],
                needs: &[0],
                ..step("Test order", 10)
            },
        ],
        ending: Ending::Further {
            crew: 7,
            tester: 3,
            to: Further::Concluded,
        },
        ..story("Web shop 2026.3", 7, 7, 4)
    },
];
