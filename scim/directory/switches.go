package directory

// requestSwitches are about how requests are read.
func requestSwitches() []Switch {
	return []Switch{
		{
			"patchResponse",
			[]string{PolicyAuto, PolicyResource, PolicyNoContent},
			"what a PATCH answers",
			[]string{
				"a PATCH answers 200 with the user, and 204 for a group",
				"a PATCH answers 200 with the resource as it is now",
				"a PATCH answers 204 without a body, unless the request asks for attributes",
			},
			func(p *Policies) *string { return &p.PatchResponse },
		},
		{
			"noTarget",
			[]string{PolicyCreate, PolicyStrict},
			"what a PATCH does whose path has a filter that matches nothing",
			[]string{
				"a replace whose filter matches nothing creates the element that the filter describes",
				"a replace or remove whose filter matches nothing is refused with 400 noTarget",
			},
			func(p *Policies) *string { return &p.NoTarget },
		},
		{
			"pathSyntax",
			[]string{PolicyTolerant, PolicyStrict},
			"how filters and PATCH paths are read",
			[]string{
				"filters and paths are also read with typographic, missing or unclosed quotes",
				"filters and paths that RFC 7644's grammar does not have are refused with 400",
			},
			func(p *Policies) *string { return &p.PathSyntax },
		},
		{
			"stringBooleans",
			[]string{PolicyCoerce, PolicyReject},
			"what becomes of booleans sent as strings",
			[]string{
				`"True" and "false" sent as strings are read as booleans`,
				`"True" and "false" sent as strings are refused with 400`,
			},
			func(p *Policies) *string { return &p.StringBooleans },
		},
		{
			"unknownCoreAttributes",
			[]string{PolicyIgnore, PolicyReject},
			"what becomes of attributes that no schema of the directory has",
			[]string{
				"attributes that no schema has are passed over with a hint",
				"attributes that no schema has are refused with 400",
			},
			func(p *Policies) *string { return &p.UnknownCoreAttributes },
		},
		{
			"unknownMembers",
			[]string{PolicyKeep, PolicySkip, PolicyReject},
			"what becomes of group members that do not exist",
			[]string{
				"members that do not exist yet are kept and count when they arrive",
				"members that do not exist are left out and the rest is applied",
				"a request that adds a member who does not exist is refused with 400",
			},
			func(p *Policies) *string { return &p.UnknownMembers },
		},
	}
}

// serviceSwitches are about what the directory offers and what is shown of it.
func serviceSwitches() []Switch {
	return []Switch{
		{
			"groups",
			[]string{PolicyFull, PolicyUpdateOnly},
			"what SCIM may do to groups",
			[]string{
				"groups may be created, changed and deleted over SCIM",
				"groups may only be changed over SCIM: creating and deleting answer 403",
			},
			func(p *Policies) *string { return &p.Groups },
		},
		{
			"groupRename",
			[]string{PolicyApply, PolicyIgnore},
			"what a change of a group's displayName does",
			[]string{
				"a new displayName renames the group",
				"a new displayName is answered with success and the group keeps its name",
			},
			func(p *Policies) *string { return &p.GroupRename },
		},
		{
			"missingPhone",
			[]string{PolicyAccept, PolicyWarn, PolicyReject},
			"what becomes of people without a phone number",
			[]string{
				"people without a phone number are accepted",
				"people without a phone number are accepted with a hint in the provisioning log",
				"people without a phone number are refused with 400, but may be deactivated",
			},
			func(p *Policies) *string { return &p.MissingPhone },
		},
		{
			"inactiveSearchable",
			[]string{PolicyNo, PolicyYes},
			"whether deactivated people are found",
			[]string{
				"deactivated people leave lookups and search at once; SCIM still shows them",
				"deactivated people stay in lookups and search",
			},
			func(p *Policies) *string { return &p.InactiveSearchable },
		},
		{
			"discoveryAuth",
			[]string{PolicyRequired, PolicyOpen},
			"who may read the SCIM discovery documents",
			[]string{
				"the discovery documents need the token",
				"the discovery documents can be read without a token",
			},
			func(p *Policies) *string { return &p.DiscoveryAuth },
		},
		deleteModeSwitch(),
	}
}

// deleteModeSwitch decides what is left of a user after DELETE. RFC 7644 section
// 3.6 wants 404 from then on, and the userName free, and that is so in both modes.
// With deactivate, lookups keep the person as somebody who is switched off.
// Groups are deleted in both.
func deleteModeSwitch() Switch {
	return Switch{
		"deleteMode",
		[]string{PolicyRemove, PolicyDeactivate},
		"what is left of a user after DELETE",
		[]string{
			"DELETE erases the person",
			"DELETE erases the user for SCIM; lookups keep the person as inactive until that userName comes back",
		},
		func(p *Policies) *string { return &p.DeleteMode },
	}
}
