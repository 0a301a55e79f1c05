// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice A prize pool with configurable misbehaviour. Its code is put at the address of a real pool, whose
/// own code moves to `honestCode()`. A call without a rule runs the real code on the pool's storage.
///
/// Compile with `pnpm run compile:contracts` in packages/devnet; a test keeps the result up to date.
contract MisbehavingPool {
    enum Behaviour {
        /// Runs the real code.
        Honest,
        /// Reverts with `data`.
        Revert,
        /// Succeeds with `data` and changes nothing.
        Return,
        /// Succeeds, emits an event of `topics` and `data`, and changes nothing.
        Emit,
        /// Uses up all gas.
        Burn
    }

    struct Rule {
        Behaviour behaviour;
        /// The rule ends at this time; 0 means never.
        uint64 untilTime;
        /// The rule ends with the block before this one; 0 means never.
        uint64 untilBlock;
        /// The rule applies only to blocks whose number this divides; 0 means all.
        uint64 everyBlocks;
        /// Simulations get an honest answer. Nodes simulate with a gas price of 0 unless one is given.
        bool minedOnly;
        bytes data;
        bytes32[] topics;
    }

    /// @dev Away from the slots of the real pool.
    bytes32 private constant rulesSlot = keccak256("service-bots.devnet.MisbehavingPool.rules");

    /// @notice Sets the rule for one function (its selector alone), or for one call (all of its calldata).
    function misbehave(bytes calldata call, Rule calldata rule) external {
        _rules()[keccak256(call)] = rule;
    }

    function honestCode() public view returns (address) {
        return address(~uint160(address(this)));
    }

    fallback(bytes calldata input) external payable returns (bytes memory) {
        Rule storage rule = _rules()[keccak256(input)];
        if (!_applies(rule) && input.length >= 4) rule = _rules()[keccak256(input[:4])];
        if (!_applies(rule)) return _honest(input);
        bytes memory data = rule.data;
        if (rule.behaviour == Behaviour.Burn) {
            assembly {
                invalid()
            }
        }
        if (rule.behaviour == Behaviour.Revert) {
            assembly {
                revert(add(data, 32), mload(data))
            }
        }
        if (rule.behaviour == Behaviour.Return) return data;
        _emit(rule.topics, data);
        return "";
    }

    function _applies(Rule storage rule) private view returns (bool) {
        if (rule.behaviour == Behaviour.Honest) return false;
        if (rule.untilTime != 0 && block.timestamp >= rule.untilTime) return false;
        if (rule.untilBlock != 0 && block.number >= rule.untilBlock) return false;
        if (rule.everyBlocks != 0 && block.number % rule.everyBlocks != 0) return false;
        return !rule.minedOnly || tx.gasprice != 0;
    }

    function _honest(bytes calldata input) private returns (bytes memory) {
        (bool succeeded, bytes memory answer) = honestCode().delegatecall(input);
        if (!succeeded) {
            assembly {
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer;
    }

    /// @dev The pool's own events have one to three topics.
    function _emit(bytes32[] memory topics, bytes memory data) private {
        assembly {
            let from := add(data, 32)
            let size := mload(data)
            let topic := add(topics, 32)
            switch mload(topics)
            case 1 { log1(from, size, mload(topic)) }
            case 2 { log2(from, size, mload(topic), mload(add(topic, 32))) }
            case 3 { log3(from, size, mload(topic), mload(add(topic, 32)), mload(add(topic, 64))) }
            default { log0(from, size) }
        }
    }

    function _rules() private pure returns (mapping(bytes32 call => Rule) storage rules) {
        bytes32 slot = rulesSlot;
        assembly {
            rules.slot := slot
        }
    }
}
